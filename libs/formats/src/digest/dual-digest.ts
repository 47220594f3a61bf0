import { createHash, hash } from 'node:crypto';
import { blake3 } from '@napi-rs/blake-hash';
import type { Blake3, BlobIdentity, Sha256 } from '@muniment/domain';
import { AlignedBlake3 } from './aligned-blake3.js';

/** A view without copying: the native hashers take Node Buffers only. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Both digests and the length of one sequence of bytes, from one read. Bytes are consumed before `update` returns, so the caller may
 * reuse its buffer; memory is constant.
 */
export class DualDigest {
  readonly #sha256 = createHash('sha256');
  readonly #blake3 = new AlignedBlake3();
  #size = 0;

  update(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    const bytes = asBuffer(chunk);
    this.#sha256.update(bytes);
    this.#blake3.update(bytes);
    this.#size += bytes.byteLength;
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** The identity of everything seen. Ends the digest: a second call throws. */
  finish(): BlobIdentity {
    return { sha256: this.#sha256.digest('hex') as Sha256, blake3: this.#blake3.digest() as Blake3, size: this.#size };
  }
}

/** The identity of bytes already in memory. */
export function identify(bytes: Uint8Array): BlobIdentity {
  return { sha256: sha256Hex(bytes), blake3: blake3(asBuffer(bytes)).toString('hex') as Blake3, size: bytes.byteLength };
}

/** SHA-256 of bytes in memory, bare hex. */
export function sha256Hex(bytes: Uint8Array): Sha256 {
  return hash('sha256', bytes, 'hex') as Sha256;
}
