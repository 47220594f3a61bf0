import { z } from 'zod';
import { Refusal } from '@muniment/domain';

const uuid = z.uuid();

/** A hold id from a request. What is no UUID cannot name a hold (`hold_not_found`). */
export function holdIdOf(text: string): string {
  if (uuid.safeParse(text).success) return text.toLowerCase();
  throw new Refusal('hold_not_found', 'There is no such hold: a hold id is a UUID.');
}
