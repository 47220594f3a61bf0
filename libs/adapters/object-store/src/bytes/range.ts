import { Refusal } from '@muniment/domain';
import type { ByteRange } from '@muniment/application';

/** Refuses (`range_not_satisfiable`) a range that does not lie within `size` bytes. */
export function assertRange(range: ByteRange, size: number): void {
  const whole = Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end);
  if (whole && range.start >= 0 && range.start <= range.end && range.end < size) return;
  throw new Refusal('range_not_satisfiable', `The range ${range.start}-${range.end} does not lie within ${size} bytes.`, { size });
}
