import { identify } from '@muniment/formats';
import { readIfThere } from '../files/read-if-there.js';
import { writeWhole } from '../files/write-whole.js';
import type { FetchedFile } from './fetch.js';

/** Writes a record that was made here from the archive's; whole or not at all, and not again when the very bytes stand there. */
export async function saveRecord(path: string, to: string, bytes: Uint8Array): Promise<FetchedFile> {
  const saved = { path, saved_as: to, size: bytes.length, sha256: identify(bytes).sha256 };
  const existing = await readIfThere(to);
  if (existing !== null && Buffer.from(existing).equals(bytes)) return { ...saved, downloaded: false };
  await writeWhole(to, bytes);
  return { ...saved, downloaded: true };
}
