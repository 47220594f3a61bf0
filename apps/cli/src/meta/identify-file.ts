import type { BlobIdentity } from '@muniment/domain';
import { DualDigest } from '@muniment/formats';
import { readAhead } from './read-ahead.js';

/** Both digests and the size of a file, from one read. */
export async function identifyFile(path: string, onBytes?: (done: number) => void): Promise<BlobIdentity> {
  const digest = new DualDigest();
  let done = 0;
  for await (const chunk of readAhead(path)) {
    digest.update(chunk);
    done += chunk.length;
    onBytes?.(done);
  }
  return digest.finish();
}
