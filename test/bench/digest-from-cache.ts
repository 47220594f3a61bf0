import { randomFillSync } from 'node:crypto';

/** What a digest is fed with: pieces of so many bytes each, the first of them shorter by `missing`. */
export interface Pieces {
  readonly bytes: number;
  readonly missing: number;
}

/** As a file is read. */
export const fileReads: Pieces = { bytes: 256 * 1024, missing: 0 };
/** As node:http hands a body on: what one read of the socket brought, and the first one brought the header as well. No piece begins where BLAKE3 would like it to (its paper, section 5.3). */
export const socketReads: Pieces = { bytes: 64 * 1024, missing: 217 };

/** Digests so many bytes out of memory that stays in the processor's cache: what a digest by itself costs on this machine. */
export function digestFromCache(hash: { update(bytes: Buffer): unknown }, bytes: number, pieces: Pieces): void {
  const buffer = randomFillSync(Buffer.allocUnsafeSlow(pieces.bytes));
  hash.update(buffer.subarray(pieces.missing));
  for (let done = buffer.length; done < bytes; done += buffer.length) hash.update(buffer);
}
