import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identify } from '@muniment/formats';
import { readIfThere } from '../meta/write-meta-file.js';
import type { FetchedFile } from './fetch.js';

/** Writes a record that was made here from the archive's; whole or not at all, and not again when the very bytes stand there. */
export async function saveRecord(path: string, to: string, bytes: Uint8Array): Promise<FetchedFile> {
  const saved = { path, saved_as: to, size: bytes.length, sha256: identify(bytes).sha256 };
  const existing = await readIfThere(to);
  if (existing !== null && Buffer.from(existing).equals(bytes)) return { ...saved, downloaded: false };
  const partial = `${to}.${process.pid}.part`;
  await mkdir(dirname(to), { recursive: true });
  try {
    await writeFile(partial, bytes, { flush: true });
    await rename(partial, to);
  } finally {
    await rm(partial, { force: true });
  }
  return { ...saved, downloaded: true };
}
