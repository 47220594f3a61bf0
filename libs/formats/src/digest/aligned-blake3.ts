import { Blake3Hasher } from '@napi-rs/blake-hash';

/**
 * BLAKE3 compresses up to sixteen chunks of 1 KiB side by side, a group only where it begins at a multiple of its own length (BLAKE3 paper, sections 2.1 and 5.3).
 * What a socket delivers begins anywhere: given as it comes, much of it is compressed by ones and twos, which costs twice as much with AVX-512.
 */
const stride = 32 * 1024;
/** Streams shorter than this go through as they come: what they would gain is not worth a buffer. A multiple of the stride. */
const alignedFrom = 4 * stride;

/** BLAKE3 of bytes that come in pieces of any length: what lies behind the last multiple of the stride is copied and waits, the rest is read where it lies. */
export class AlignedBlake3 {
  readonly #hasher = new Blake3Hasher();
  #size = 0;
  /** Null while nothing had to wait. */
  #waiting: Buffer | null = null;
  #waitingBytes = 0;

  update(piece: Buffer): void {
    this.#size += piece.length;
    const whole = this.#size < alignedFrom ? piece.length : piece.length - (this.#size % stride);
    if (whole < 0) return this.#wait(piece);
    let from = 0;
    if (this.#waitingBytes > 0) {
      from = stride - this.#waitingBytes;
      this.#wait(piece.subarray(0, from));
      this.#flush();
    }
    if (whole > from) this.#hasher.update(piece.subarray(from, whole));
    if (whole < piece.length) this.#wait(piece.subarray(whole));
  }

  /** In hexadecimal. Ends the digest. */
  digest(): string {
    this.#flush();
    return this.#hasher.digest('hex');
  }

  #wait(bytes: Buffer): void {
    this.#waiting ??= Buffer.allocUnsafeSlow(stride);
    this.#waiting.set(bytes, this.#waitingBytes);
    this.#waitingBytes += bytes.length;
  }

  #flush(): void {
    if (this.#waiting !== null && this.#waitingBytes > 0) this.#hasher.update(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waitingBytes = 0;
  }
}
