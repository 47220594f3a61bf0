import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a small file that appears, or replaces another, whole or not at all; makes the folders it needs. `mode` as of chmod(2), less what the process masks. */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | string,
  { mode = 0o666 }: { readonly mode?: number } = {},
): Promise<void> {
  const partial = `${path}.${randomBytes(6).toString('hex')}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(partial, bytes, { flush: true, mode });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
