/** What the two threads of a paired digest share: how far each of them is, and at the end what the partner found. No byte of the file. */
export interface PairMemory {
  readonly progress: SharedArrayBuffer;
  readonly digest: SharedArrayBuffer;
  /** Bytes that the partner read, as one BigInt64. */
  readonly size: SharedArrayBuffer;
}

/** Small enough to stay in a core's own cache between the read and the digest; measured flat from 64 to 512 KiB and slower above. */
export const readBytes = 256 * 1024;
export const digestBytes = 32;

/** Words of the progress memory: steps that each side has read. */
export const side = { reader: 0, partner: 1, words: 2 } as const;
/** Progress is told in steps of so many bytes. */
const stepBytes = 1024 * 1024;
export const stepAt = (bytes: number): number => Math.floor(bytes / stepBytes);
/** Steps that one side may be ahead: what the first one read is in the page cache still when the second one comes. */
export const leash = 64;

/** Instead of a number of steps. The reader will not go on: the partner shall not either. */
export const abandoned = -1;
/** The partner has put down digest and size. */
export const ended = -1;
/** The partner could not read the file, or was told not to. */
export const failed = -2;
/** The reader has seen the whole file and is ahead of nobody any more. */
export const finished = 0x7fffffff;
