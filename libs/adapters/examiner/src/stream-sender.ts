import type { Readable } from 'node:stream';
import type { OpenBytes } from '@muniment/application';
import { ringSlots, slotBytes, type StreamMessage } from './messages.js';

/** Main-thread side of a stream: gathers its small chunks into the ring's slots and waits while all are in use. */
export class StreamSender {
  readonly ring = new SharedArrayBuffer(ringSlots * slotBytes);
  /** Why the stream could not be read to its end, with the store's own error. */
  fault: Error | null = null;
  readonly #free = Array.from({ length: ringSlots }, (_, slot) => slot);
  #wake: (() => void) | null = null;
  #stopped = false;
  readonly #stream: Readable;
  readonly #size: number;

  constructor(
    bytes: OpenBytes,
    readonly post: (message: StreamMessage) => void,
  ) {
    this.#stream = bytes.stream;
    this.#size = bytes.size;
  }

  /** The worker has finished with a slot. */
  freed(slot: number): void {
    this.#free.push(slot);
    this.#wake?.();
  }

  /** Nobody will take the rest. Safe to repeat. */
  stop(): void {
    this.#stopped = true;
    this.#stream.destroy();
    this.#wake?.();
  }

  /** Sends everything. Never rejects: a broken stream is told to the worker and kept in `fault`. */
  async send(): Promise<void> {
    try {
      const sent = await this.#fill();
      if (this.#stopped) return;
      if (sent !== this.#size) throw new Error(`The object store sent ${sent} of ${this.#size} bytes`);
      this.post({ kind: 'ended' });
    } catch (error) {
      // stopping destroys the stream, which also ends here
      if (this.#stopped) return;
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.post({ kind: 'broke', message: this.fault.message });
    }
  }

  async #fill(): Promise<number> {
    let sent = 0;
    let slot = await this.#slot();
    let filled = 0;
    for await (const chunk of this.#stream as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length && !this.#stopped; ) {
        const part = chunk.subarray(at, at + slotBytes - filled);
        new Uint8Array(this.ring, slot * slotBytes + filled, part.length).set(part);
        at += part.length;
        filled += part.length;
        sent += part.length;
        if (filled < slotBytes) continue;
        this.post({ kind: 'filled', slot, length: filled });
        slot = await this.#slot();
        filled = 0;
      }
      if (this.#stopped) return sent;
    }
    if (filled > 0 && !this.#stopped) this.post({ kind: 'filled', slot, length: filled });
    return sent;
  }

  async #slot(): Promise<number> {
    while (this.#free.length === 0 && !this.#stopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#free.shift() ?? 0;
  }
}
