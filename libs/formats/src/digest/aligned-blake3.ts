import { Blake3Hasher } from '@napi-rs/blake-hash';

/**
 * BLAKE3 cuts its input into chunks of 1 KiB and compresses up to sixteen of them side by side, which then have to begin at a multiple of their common length
 * (BLAKE3 paper, sections 2.1 and 5.3). What a socket delivers begins anywhere: given as it comes, a quarter of it would be compressed by ones and twos.
 */
const stride = 16 * 1024;

/** BLAKE3 of bytes that come in pieces of any length. What is not yet a multiple of the stride is copied and waits; the rest is read where it lies. */
export class AlignedBlake3 {
  readonly #hasher = new Blake3Hasher();
  #waiting: Buffer | null = null;
  #waitingBytes = 0;

  update(bytes: Buffer): void {
    let from = 0;
    if (this.#waitingBytes > 0) {
      from = this.#keep(bytes);
      if (this.#waitingBytes < stride) return;
      this.#flush();
    }
    const whole = bytes.length - ((bytes.length - from) % stride);
    if (whole > from) this.#hasher.update(bytes.subarray(from, whole));
    if (whole < bytes.length) this.#keep(bytes.subarray(whole));
  }

  /** In hexadecimal. Ends the digest: a second call throws. */
  digest(): string {
    this.#flush();
    return this.#hasher.digest('hex');
  }

  /** Copies what there is room for. Returns how many bytes that were. */
  #keep(bytes: Buffer): number {
    this.#waiting ??= Buffer.allocUnsafe(stride);
    const taken = Math.min(bytes.length, stride - this.#waitingBytes);
    this.#waiting.set(bytes.subarray(0, taken), this.#waitingBytes);
    this.#waitingBytes += taken;
    return taken;
  }

  #flush(): void {
    if (this.#waiting !== null && this.#waitingBytes > 0) this.#hasher.update(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waitingBytes = 0;
  }
}
