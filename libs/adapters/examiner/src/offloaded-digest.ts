import type { BlobIdentity } from '@muniment/domain';
import type { StreamDigest } from '@muniment/application';
import type { SlotSender } from './slot-sender.js';

/** One stream's side of the digesting thread. */
export class OffloadedDigest implements StreamDigest {
  #size = 0;
  #ended = false;
  #lost: Error | null = null;
  #finishing: PromiseWithResolvers<BlobIdentity> | null = null;

  constructor(
    /** Idle, and nobody else's until `release` is called. */
    private readonly slots: SlotSender,
    private readonly send: (kind: 'finish' | 'forget') => void,
    /** The stream may be given to another upload: nothing of this one is under way any more. */
    private readonly release: () => void,
  ) {}

  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): Promise<void> | void {
    this.#size += chunk.length;
    return this.slots.write(chunk);
  }

  finish(): Promise<BlobIdentity> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    this.slots.flush();
    this.send('finish');
    this.#finishing = Promise.withResolvers();
    return this.#finishing.promise;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#lost !== null) return;
    this.slots.discard();
    this.send('forget');
    this.#releaseWhenDone();
  }

  /** The thread is done with a slot. */
  freed(slot: ArrayBuffer): void {
    this.slots.freed(slot);
    this.#releaseWhenDone();
  }

  finished(identity: BlobIdentity): void {
    this.#finishing?.resolve(identity);
    this.#finishing = null;
    this.#releaseWhenDone();
  }

  /** The thread is gone. */
  lost(error: Error): void {
    this.#lost = error;
    this.slots.close(error);
    this.#finishing?.reject(error);
  }

  #releaseWhenDone(): void {
    if (this.#ended && this.slots.idle && this.#finishing === null) this.release();
  }
}
