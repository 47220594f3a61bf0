import type { ByteFeed } from '@muniment/formats';
import type { StreamMessage } from './messages.js';

/** Worker side of a stream: gives the slots the main thread filled and sends each back when its contract with the reader has ended. */
export class SlotFeed implements ByteFeed {
  readonly #arrived: StreamMessage[] = [];
  #wake: (() => void) | null = null;
  /** Slots given to the reader that must not go yet: a chunk lives until the next but one `next()`. */
  readonly #lent: ArrayBuffer[] = [];

  constructor(readonly free: (slot: ArrayBuffer) => void) {}

  accept(message: StreamMessage): void {
    this.#arrived.push(message);
    this.#wake?.();
  }

  async next(): Promise<Uint8Array | null> {
    if (this.#lent.length === 2) this.free(this.#lent.shift() as ArrayBuffer);
    while (this.#arrived.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const message = this.#arrived.shift() as StreamMessage;
    if (message.kind === 'ended') return null;
    if (message.kind === 'broke') throw new Error(message.message);
    this.#lent.push(message.slot);
    return Buffer.from(message.slot, 0, message.length);
  }
}
