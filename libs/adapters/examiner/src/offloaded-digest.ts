import type { BlobIdentity } from '@muniment/domain';
import type { StreamDigest } from '@muniment/application';
import { digestSlotBytes, digestSlots, type ToDigester } from './digest-messages.js';

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** One stream's side of the digesting thread: fills the slots in turn, and waits when the thread is behind by all of them. */
export class OffloadedDigest implements StreamDigest {
  #size = 0;
  /** Bytes in the slot being filled, and how many slots were handed over and came back. */
  #filled = 0;
  #sent = 0;
  #freed = 0;
  #ended = false;
  #lost: Error | null = null;
  #slotWaiter: Waiter<void> | null = null;
  #finishWaiter: Waiter<BlobIdentity> | null = null;

  constructor(
    private readonly stream: number,
    private readonly memory: Uint8Array,
    private readonly send: (message: ToDigester) => void,
    /** The stream may be given to another upload: nothing of this one is under way any more. */
    private readonly release: () => void,
  ) {}

  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): Promise<void> | void {
    let from = 0;
    while (from < chunk.length) {
      if (this.#lost !== null) return Promise.reject(this.#lost);
      if (this.#sent - this.#freed === digestSlots) return this.#later(chunk.subarray(from));
      const taken = Math.min(chunk.length - from, digestSlotBytes - this.#filled);
      const slot = this.#sent % digestSlots;
      this.memory.set(chunk.subarray(from, from + taken), slot * digestSlotBytes + this.#filled);
      this.#filled += taken;
      this.#size += taken;
      from += taken;
      if (this.#filled === digestSlotBytes) this.#handOver();
    }
  }

  finish(): Promise<BlobIdentity> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#filled > 0) this.#handOver();
    this.send({ kind: 'finish', stream: this.stream });
    return new Promise((resolve, reject) => (this.#finishWaiter = { resolve, reject }));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#lost !== null) return;
    this.send({ kind: 'forget', stream: this.stream });
    this.#releaseWhenDone();
  }

  /** The thread is done with the oldest slot. */
  freed(): void {
    this.#freed++;
    this.#slotWaiter?.resolve();
    this.#slotWaiter = null;
    this.#releaseWhenDone();
  }

  finished(identity: BlobIdentity): void {
    this.#finishWaiter?.resolve(identity);
    this.#finishWaiter = null;
    this.#releaseWhenDone();
  }

  /** The thread is gone. */
  lost(error: Error): void {
    this.#lost = error;
    this.#slotWaiter?.reject(error);
    this.#finishWaiter?.reject(error);
  }

  #releaseWhenDone(): void {
    if (this.#ended && this.#sent === this.#freed && this.#finishWaiter === null) this.release();
  }

  async #later(rest: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => (this.#slotWaiter = { resolve, reject }));
    await this.update(rest);
  }

  #handOver(): void {
    this.send({ kind: 'filled', stream: this.stream, slot: this.#sent % digestSlots, length: this.#filled });
    this.#sent++;
    this.#filled = 0;
  }
}
