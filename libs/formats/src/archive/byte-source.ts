/** Random access to the bytes of one file, synchronously: zip must be read from its end. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes at `offset`; the caller stays inside `size`. The result is the caller's until the next `read`. Throws when the bytes cannot be read. */
  read(offset: number, length: number): Uint8Array;
}

/** A source over bytes in memory, without copying. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** Takes one archive member as it streams by, then gives random access to it. Lives outside this library because it may need a disk. */
export interface Spool {
  write(chunk: Uint8Array): void;
  /** Call once, after the last write. */
  source(): ByteSource;
  /** Frees everything. Safe to repeat, at any time. */
  discard(): void;
}

/** Opens a spool for a member of `size` bytes. */
export type OpenSpool = (size: number) => Spool;
