import { open, type FileHandle } from 'node:fs/promises';
import { removed, unlessAbsent } from '../absence.js';
import { writeFully } from '../file-bytes.js';
import {
  closed,
  discarded,
  headerBytes,
  lengthIn,
  mostFiles,
  prefixBytes,
  readHeader,
  recordBytes,
  sealed,
  type Patch,
} from './segment-format.js';
import type { SegmentPlace } from './segment-names.js';

/** Where a file lies in its segment. */
type Place = Omit<SegmentPlace, 'segment'>;

/**
 * Says that the segment holds so many files and takes no more, and removes it when nobody needs any of them. Whoever discards a file looks whether it was the
 * last one after it has left its mark, whoever seals does so after sealing: one of the two sees both.
 */
export async function seal(handle: FileHandle, path: string, files: number): Promise<void> {
  await apply(handle, sealed(files));
  await removeWhenDone(handle, path);
}

/** Marks one file of a segment as not needed any more; the last one takes the segment with it. Absent is fine. */
export async function discardFile(path: string, file: number): Promise<void> {
  const mark = discarded(file);
  const handle = await unlessAbsent(open(path, 'r+'));
  if (handle === null) return;
  try {
    await apply(handle, mark);
    await removeWhenDone(handle, path);
  } finally {
    await handle.close();
  }
}

/**
 * The files that somebody may still need in a segment that nobody writes to any more. One that its writer left unsealed, because it was killed, is sealed now; a
 * file that is no segment is left alone.
 */
export async function liveFiles(path: string): Promise<readonly Place[]> {
  const handle = await unlessAbsent(open(path, 'r+'));
  if (handle === null) return [];
  try {
    const header = await headerOf(handle);
    if (header === 'foreign') return [];
    if (header === 'unbegun') {
      await removed(path);
      return [];
    }
    // Closed before it is counted: a writer that only stood still finds it so, and counts on nothing that it wrote since.
    if (header.state === 'open') await apply(handle, closed());
    const all = await filesIn(handle, header.state === 'sealed' ? header.files : mostFiles);
    const live = all.filter(({ file }) => !header.discarded(file));
    if (header.state !== 'sealed') await seal(handle, path, all.length);
    // By the count of whoever sealed it: behind a damaged file there may be others, which were not found here.
    else if (live.length === 0) await removeWhenDone(handle, path);
    return live;
  } finally {
    await handle.close();
  }
}

/** The files of a segment in order, up to the first that its writer did not finish. */
async function filesIn(handle: FileHandle, most: number): Promise<readonly Place[]> {
  const { size } = await handle.stat();
  const start = Buffer.alloc(prefixBytes);
  const found: Place[] = [];
  for (let offset = headerBytes; found.length < most; ) {
    const { bytesRead } = await handle.read(start, 0, prefixBytes, offset);
    const length = lengthIn(start.subarray(0, bytesRead));
    if (length === null || offset + recordBytes(length) > size) break;
    found.push({ file: found.length, offset, length });
    offset += recordBytes(length);
  }
  return found;
}

async function removeWhenDone(handle: FileHandle, path: string): Promise<void> {
  const header = await headerOf(handle);
  if (typeof header !== 'object' || header.state !== 'sealed') return;
  for (let file = 0; file < header.files; file++) if (!header.discarded(file)) return;
  await removed(path);
}

async function headerOf(handle: FileHandle): Promise<ReturnType<typeof readHeader>> {
  const header = Buffer.alloc(headerBytes);
  const { bytesRead } = await handle.read(header, 0, headerBytes, 0);
  return readHeader(header.subarray(0, bytesRead));
}

function apply(handle: FileHandle, { at, bytes }: Patch): Promise<void> {
  return writeFully(handle, bytes, at);
}
