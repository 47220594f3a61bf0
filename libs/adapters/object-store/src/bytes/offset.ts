import { Refusal } from '@muniment/domain';

/** Refuses (`upload_offset_mismatch`) an append that does not start where the durable bytes end. */
export function assertAppendOffset(held: number, offset: number): void {
  if (held === offset) return;
  throw new Refusal('upload_offset_mismatch', `The upload holds ${held} bytes; continue from there.`, { offset: held, requested: offset });
}

/** An Error unless `offset` lies within the bytes held: bytes can be cut off, not invented. */
export function assertTruncation(held: number, offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset <= held) return;
  throw new RangeError(`Cannot truncate ${held} staged bytes to ${offset}.`);
}
