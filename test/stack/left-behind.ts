import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Staged bytes in a file store, without those of a readiness probe that happens to run. */
export function stagedIn(objects: string): readonly string[] {
  const staging = path.join(objects, 'staging');
  return existsSync(staging) ? readdirSync(staging).filter((name) => !name.startsWith('probe-')) : [];
}

/** Hexadecimal SHA-256 of every blob in a file store. */
export function blobsIn(objects: string): readonly string[] {
  const blobs = path.join(objects, 'sha256');
  if (!existsSync(blobs)) return [];
  return readdirSync(blobs, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}

/** Waits until `look` says true; fails with what it was waiting for after `milliseconds`. */
export async function eventually(what: string, look: () => boolean | Promise<boolean>, milliseconds = 20_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
