/**
 * Hands bytes to another thread, whatever pieces they come in: gathers them in slots of one size, which move there and come back. There are `most` slots, made
 * when first needed, so memory is bounded whatever the length; who writes waits while the other thread has all of them.
 */
export class SlotSender {
  /** Slots that are here; the one being filled is the last. */
  readonly #here: ArrayBuffer[] = [];
  #made = 0;
  /** Bytes in the last of the slots. */
  #filled = 0;
  #closed: Error | null = null;
  /** How often what was written has been forgotten. */
  #discards = 0;
  #waiter: PromiseWithResolvers<void> | null = null;

  constructor(
    private readonly slotBytes: number,
    private readonly most: number,
    /** Gives the other thread a slot with `length` bytes; the slot moves. */
    private readonly handOver: (slot: ArrayBuffer, length: number) => void,
  ) {}

  /** Nothing is under way: every slot is here, and empty. */
  get idle(): boolean {
    return this.#here.length === this.#made && this.#filled === 0;
  }

  /** Copies the bytes; they may be reused when this returns or, should it answer a promise, when that resolves. Rejects once it is closed. */
  write(bytes: Uint8Array): Promise<void> | void {
    for (let from = 0; from < bytes.length; ) {
      if (this.#closed !== null) return Promise.reject(this.#closed);
      const slot = this.#here.at(-1) ?? this.#make();
      if (slot === null) return this.#later(bytes.subarray(from));
      const part = bytes.subarray(from, from + this.slotBytes - this.#filled);
      new Uint8Array(slot, this.#filled).set(part);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === this.slotBytes) this.flush();
    }
  }

  /** Hands over what is not a whole slot yet, while somebody takes it. */
  flush(): void {
    const slot = this.#filled === 0 || this.#closed !== null ? undefined : this.#here.pop();
    if (slot === undefined) return;
    const length = this.#filled;
    this.#filled = 0;
    this.handOver(slot, length);
  }

  /** Forgets what was not handed over. A write that waits is told, and writes nothing more. */
  discard(): void {
    this.#filled = 0;
    this.#discards += 1;
    this.#waiter?.reject(givenUp());
    this.#waiter = null;
  }

  /** The other thread is done with a slot. It goes below the one that is being filled. */
  freed(slot: ArrayBuffer): void {
    this.#here.unshift(slot);
    this.#waiter?.resolve();
    this.#waiter = null;
  }

  /** Nobody will take the rest: whoever writes, or waits, is told why. Safe to repeat. */
  close(why: Error): void {
    this.#closed ??= why;
    this.#waiter?.reject(this.#closed);
    this.#waiter = null;
  }

  #make(): ArrayBuffer | null {
    if (this.#made === this.most) return null;
    this.#made += 1;
    const slot = new ArrayBuffer(this.slotBytes);
    this.#here.push(slot);
    return slot;
  }

  async #later(rest: Uint8Array): Promise<void> {
    const discards = this.#discards;
    this.#waiter = Promise.withResolvers();
    await this.#waiter.promise;
    // Between a slot's coming back and this.
    if (this.#discards !== discards) throw givenUp();
    await this.write(rest);
  }
}

function givenUp(): Error {
  return new Error('The stream was given up');
}
