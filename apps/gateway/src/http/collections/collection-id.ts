import { z } from 'zod';
import { Refusal } from '@muniment/domain';

const uuid = z.uuid();

/** A collection id from a request. What is no UUID cannot name a collection (`collection_not_found`). */
export function collectionIdOf(text: string): string {
  if (uuid.safeParse(text).success) return text.toLowerCase();
  throw new Refusal('collection_not_found', 'There is no such collection: a collection id is a UUID.');
}
