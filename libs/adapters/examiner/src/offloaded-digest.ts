import type { BlobIdentity } from '@muniment/domain';
import type { StreamDigest } from '@muniment/application';
import { digestSlotBytes, digestSlots, type ToDigester } from './digest-messages.js';

/** Gives the thread a message, and the memory that moves with it. */
export type SendToDigester = (message: ToDigester, moved: readonly ArrayBuffer[]) => void;

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** One stream's side of the digesting thread: fills a slot, hands it over, and waits when the thread has all of them. */
export class OffloadedDigest implements StreamDigest {
  #size = 0;
  /** Bytes in the last of the slots, the one being filled. */
  #filled = 0;
  #ended = false;
  #lost: Error | null = null;
  #slotWaiter: Waiter<void> | null = null;
  #finishWaiter: Waiter<BlobIdentity> | null = null;

  /** `slots`: the stream's memory that the thread does not have; all of it at the beginning and when `release` is called. */
  constructor(
    private readonly stream: number,
    private readonly slots: ArrayBuffer[],
    private readonly send: SendToDigester,
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
      const slot = this.slots.at(-1);
      if (slot === undefined) return this.#later(chunk.subarray(from));
      const part = chunk.subarray(from, from + digestSlotBytes - this.#filled);
      new Uint8Array(slot, this.#filled).set(part);
      this.#filled += part.length;
      this.#size += part.length;
      from += part.length;
      if (this.#filled === digestSlotBytes) this.#handOver();
    }
  }

  finish(): Promise<BlobIdentity> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (this.#filled > 0) this.#handOver();
    this.send({ kind: 'finish', stream: this.stream }, []);
    return new Promise((resolve, reject) => (this.#finishWaiter = { resolve, reject }));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#lost !== null) return;
    this.send({ kind: 'forget', stream: this.stream }, []);
    this.#releaseWhenDone();
  }

  /** The thread is done with a slot. It goes below the one that is being filled. */
  freed(slot: ArrayBuffer): void {
    this.slots.unshift(slot);
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
    if (this.#ended && this.slots.length === digestSlots && this.#finishWaiter === null) this.release();
  }

  async #later(rest: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => (this.#slotWaiter = { resolve, reject }));
    await this.update(rest);
  }

  #handOver(): void {
    const slot = this.slots.pop();
    if (slot === undefined) throw new Error('There is no slot to hand over');
    this.send({ kind: 'filled', stream: this.stream, slot, length: this.#filled }, [slot]);
    this.#filled = 0;
  }
}
