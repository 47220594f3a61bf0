import type { Readable } from 'node:stream';
import type { OpenBytes } from '@muniment/application';
import { slotBytes, streamSlots, type StreamMessage } from './messages.js';
import { SlotSender } from './slot-sender.js';

/** Main-thread side of a stream that a worker examines. */
export class StreamSender {
  /** Why the stream could not be read to its end, with the store's own error. */
  fault: Error | null = null;
  readonly #slots: SlotSender;
  #stopped = false;

  constructor(
    private readonly bytes: OpenBytes,
    /** Gives the worker a message, and the memory that moves with it. */
    private readonly post: (message: StreamMessage, moved: readonly ArrayBuffer[]) => void,
  ) {
    // Most files are small, and need a single small slot.
    const size = Math.min(slotBytes, Math.max(1, bytes.size));
    this.#slots = new SlotSender(size, streamSlots, (slot, length) => post({ kind: 'filled', slot, length }, [slot]));
  }

  /** The worker has finished with a slot. */
  freed(slot: ArrayBuffer): void {
    this.#slots.freed(slot);
  }

  /** Nobody will take the rest. Safe to repeat. */
  stop(): void {
    this.#stopped = true;
    this.bytes.stream.destroy();
    this.#slots.close(new Error('The examination has ended'));
  }

  /** Sends everything. Never rejects: a broken stream is told to the worker and kept in `fault`. */
  async send(): Promise<void> {
    try {
      const sent = await this.#fill(this.bytes.stream);
      if (this.#stopped) return;
      if (sent !== this.bytes.size) throw new Error(`The object store sent ${sent} of ${this.bytes.size} bytes`);
      this.post({ kind: 'ended' }, []);
    } catch (error) {
      // stopping destroys the stream and closes the slots, which also end here
      if (this.#stopped) return;
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.post({ kind: 'broke', message: this.fault.message }, []);
    }
  }

  async #fill(stream: Readable): Promise<number> {
    let sent = 0;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      await this.#slots.write(chunk);
      sent += chunk.length;
    }
    this.#slots.flush();
    return sent;
  }
}
