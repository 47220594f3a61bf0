import { open, type FileHandle } from 'node:fs/promises';
import { removed, unlessAbsent } from '../absence.js';
import { discardMark, headerBytes, readHeader, sealedAt } from './segment-format.js';

/**
 * Says that the segment takes no more files, and removes it when nobody needs any of those it has. Whoever discards a file looks whether it was the last one
 * after it has left its mark, whoever seals does so after sealing: one of the two sees both.
 */
export async function seal(handle: FileHandle, path: string): Promise<void> {
  await handle.write(Buffer.of(1), 0, 1, sealedAt);
  await removeWhenDone(handle, path);
}

/** Marks one file of a segment as not needed any more; the last one takes the segment with it. Absent is fine. */
export async function discardSlot(path: string, slot: number): Promise<void> {
  const handle = await unlessAbsent(open(path, 'r+'));
  if (handle === null) return;
  try {
    const { at, bytes } = discardMark(slot);
    await handle.write(bytes, 0, bytes.length, at);
    await removeWhenDone(handle, path);
  } finally {
    await handle.close();
  }
}

/** The live slots of a segment that nobody writes to any more. One that its writer left unsealed, because it was killed, is sealed now; a file that is no segment is left alone. */
export async function liveSlots(path: string): Promise<readonly number[]> {
  const handle = await unlessAbsent(open(path, 'r+'));
  if (handle === null) return [];
  try {
    const header = await headerOf(handle);
    if (header === 'foreign') return [];
    if (header === 'unbegun') await removed(path);
    else if (!header.sealed || header.live.length === 0) await seal(handle, path);
    return header === 'unbegun' ? [] : header.live;
  } finally {
    await handle.close();
  }
}

async function removeWhenDone(handle: FileHandle, path: string): Promise<void> {
  const header = await headerOf(handle);
  if (typeof header === 'object' && header.sealed && header.live.length === 0) await removed(path);
}

async function headerOf(handle: FileHandle): Promise<ReturnType<typeof readHeader>> {
  const header = Buffer.alloc(headerBytes);
  const { bytesRead } = await handle.read(header, 0, headerBytes, 0);
  return readHeader(header.subarray(0, bytesRead));
}
