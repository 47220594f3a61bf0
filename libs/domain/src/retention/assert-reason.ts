import { Refusal } from '../errors.js';

const maxLength = 2_000;

/** A reason a person gave: trimmed, not empty, at most 2,000 characters. Refuses (`reason_required`) what is none. */
export function assertReason(reason: string): string {
  const given = reason.trim();
  if (given === '') throw new Refusal('reason_required', 'Say why: a reason is part of the record.');
  if (given.length > maxLength)
    throw new Refusal('reason_required', `A reason has at most ${maxLength} characters.`, { length: given.length });
  return given;
}
