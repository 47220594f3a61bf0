/** What the two threads of a paired digest share. */
export interface PairMemory {
  readonly slots: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  readonly digest: SharedArrayBuffer;
}

export const pairSlots = 8;
export const pairSlotBytes = 256 * 1024;
export const digestBytes = 32;

/** A length that ends the file without a digest: it could not be read. */
export const abandoned = -1;

/** Words of the control memory: slots filled and consumed so far, then the length in each slot; 0 ends the file. */
export const control = { filled: 0, consumed: 1, lengths: 2, words: 2 + pairSlots } as const;
