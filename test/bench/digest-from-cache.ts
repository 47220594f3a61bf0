import { randomFillSync } from 'node:crypto';

/** Digests so many bytes out of memory that stays in the processor's cache: what a digest by itself costs on this machine. */
export function digestFromCache(hash: { update(bytes: Buffer): unknown }, bytes: number): void {
  const buffer = randomFillSync(Buffer.allocUnsafeSlow(256 * 1024));
  for (let done = 0; done < bytes; done += buffer.length) hash.update(buffer);
}
