import { z } from 'zod';
import { Refusal } from '@muniment/domain';

const uuid = z.uuid();

/** A package id from an address. What is no UUID cannot name a package (`package_not_found`). */
export function packageIdOf(text: string): string {
  if (uuid.safeParse(text).success) return text.toLowerCase();
  throw new Refusal('package_not_found', 'There is no such package: a package id is a UUID.');
}
