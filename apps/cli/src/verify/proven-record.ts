import type { MunimentClient } from '@muniment/client';
import type { ManifestFile } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { CliError } from '../exit-codes.js';

/** Bytes of a small file, a `.meta` record, that are what the manifest names; else an error (11). */
export async function provenRecord(client: MunimentClient, packageId: string, { path, digest }: ManifestFile): Promise<Uint8Array> {
  const bytes = await client.fileBytes(packageId, path);
  const actual = `sha256:${identify(bytes).sha256}`;
  if (actual === digest) return bytes;
  throw new CliError('digest_mismatch', `The archive sent other bytes for ${path} than its manifest names. Nothing was written.`, {
    path,
    expected: digest,
    actual,
  });
}
