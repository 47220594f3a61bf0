import { createReadStream } from 'node:fs';
import type { BlobIdentity } from '@muniment/domain';
import { DualDigest } from '@muniment/formats';

/** Both digests and the size of a file, from one read. */
export async function identifyFile(path: string, onBytes?: (done: number) => void): Promise<BlobIdentity> {
  const digest = new DualDigest();
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    if (!(chunk instanceof Uint8Array)) throw new Error(`${path} was not read as bytes`);
    digest.update(chunk);
    done += chunk.length;
    onBytes?.(done);
  }
  return digest.finish();
}
