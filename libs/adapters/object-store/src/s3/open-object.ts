import { Refusal } from '@muniment/domain';
import type { ByteRange, OpenBytes } from '@muniment/application';
import { assertRange } from '../bytes/range.js';
import type { Bucket } from './bucket.js';
import { failureCode } from './failures.js';

/** Opens an object or a range of it; null when absent. The stream fails with the connection and never waits for ever. */
export async function openObject(bucket: Bucket, name: string, range: ByteRange | undefined): Promise<OpenBytes | null> {
  // A range that ends before it starts would be ignored by the server, which then sends everything.
  if (range !== undefined) assertRange(range, Number.MAX_SAFE_INTEGER);
  try {
    const found = await bucket.get(name, range);
    if (found === null) return null;
    const { stream, object } = found;
    try {
      if (range !== undefined) assertRange(range, object.size);
    } catch (error) {
      stream.destroy();
      throw error;
    }
    return { stream, size: object.size };
  } catch (error) {
    if (failureCode(error) !== 'InvalidRange' || range === undefined) throw error;
    throw new Refusal('range_not_satisfiable', `The range ${range.start}-${range.end} does not lie within the stored bytes.`);
  }
}
