import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { ByteRange, OpenBytes } from '@muniment/application';
import { Batch } from '../bytes/batch.js';
import { assertRange } from '../bytes/range.js';
import { unlessAbsent } from './absence.js';

/** Bytes per write and per read. Larger gains nothing on the disks measured, smaller costs a thread-pool round trip each. */
const batchBytes = 1024 * 1024;

/**
 * Writes all of `source` at `position`, in batches of 1 MiB. Returns the position after the last byte written. When the source breaks off, what
 * came before is written and the source's error is rethrown. Does not sync.
 */
export async function writeSource(handle: FileHandle, source: AsyncIterable<Uint8Array>, position: number): Promise<number> {
  const batch = new Batch(batchBytes);
  let at = position;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await writeFully(handle, batch.bytes, at);
    at += batch.length;
    batch.clear();
  };
  try {
    for await (const chunk of source) {
      let from = 0;
      while (from < chunk.length) {
        if (batch.length === 0 && chunk.length - from >= batchBytes) {
          await writeFully(handle, chunk.subarray(from), at);
          at += chunk.length - from;
          break;
        }
        from += batch.add(chunk, from);
        if (batch.full) await flush();
      }
    }
  } finally {
    await flush();
  }
  return at;
}

/** A write may be short (signal, full disk): go on until everything is written or the system says why not. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Opens a file for reading; null when absent. The stream owns the descriptor and closes it at its end, on error and on destroy. */
export async function openFile(path: string, range: ByteRange | undefined): Promise<OpenBytes | null> {
  const handle = await unlessAbsent(open(path, 'r'));
  if (handle === null) return null;
  try {
    const { size } = await handle.stat();
    if (range !== undefined) assertRange(range, size);
    const length = range === undefined ? size : range.end - range.start + 1;
    const highWaterMark = Math.max(1, Math.min(length, batchBytes));
    const limits = range === undefined ? {} : { start: range.start, end: range.end };
    return { size, stream: handle.createReadStream({ ...limits, highWaterMark }) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
