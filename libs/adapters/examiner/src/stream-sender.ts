import type { Readable } from 'node:stream';
import type { OpenBytes } from '@muniment/application';
import { slotBytes, streamSlots, type StreamMessage } from './messages.js';

/** Main-thread side of a stream: gathers its small chunks into slots, which move to the worker and come back, and waits while all are there. */
export class StreamSender {
  /** Why the stream could not be read to its end, with the store's own error. */
  fault: Error | null = null;
  readonly #free: ArrayBuffer[] = [];
  /** Slots that were made: no more than there is use for, most files need a single small one. */
  #made = 0;
  #wake: (() => void) | null = null;
  #stopped = false;
  readonly #stream: Readable;
  readonly #size: number;
  readonly #slotBytes: number;

  constructor(
    bytes: OpenBytes,
    /** Gives the worker a message, and the memory that moves with it. */
    readonly post: (message: StreamMessage, moved: readonly ArrayBuffer[]) => void,
  ) {
    this.#stream = bytes.stream;
    this.#size = bytes.size;
    this.#slotBytes = Math.min(slotBytes, Math.max(1, bytes.size));
  }

  /** The worker has finished with a slot. */
  freed(slot: ArrayBuffer): void {
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
      this.post({ kind: 'ended' }, []);
    } catch (error) {
      // stopping destroys the stream, which also ends here
      if (this.#stopped) return;
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.post({ kind: 'broke', message: this.fault.message }, []);
    }
  }

  async #fill(): Promise<number> {
    let sent = 0;
    let slot: ArrayBuffer | null = null;
    let filled = 0;
    for await (const chunk of this.#stream as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length; ) {
        slot ??= await this.#slot();
        if (slot === null) return sent;
        const part = chunk.subarray(at, at + this.#slotBytes - filled);
        new Uint8Array(slot, filled).set(part);
        at += part.length;
        filled += part.length;
        sent += part.length;
        if (filled < this.#slotBytes) continue;
        this.post({ kind: 'filled', slot, length: filled }, [slot]);
        slot = null;
        filled = 0;
      }
    }
    if (slot !== null && filled > 0) this.post({ kind: 'filled', slot, length: filled }, [slot]);
    return sent;
  }

  /** A slot to fill: one that came back, or a new one while there may be more; null when nobody will take it. */
  async #slot(): Promise<ArrayBuffer | null> {
    if (this.#free.length === 0 && this.#made < streamSlots) {
      this.#made++;
      this.#free.push(new ArrayBuffer(this.#slotBytes));
    }
    while (this.#free.length === 0 && !this.#stopped) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#stopped ? null : (this.#free.shift() ?? null);
  }
}
