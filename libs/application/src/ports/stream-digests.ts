import type { BlobIdentity } from '@muniment/domain';

/** Both digests of bytes that stream by. */
export interface StreamDigest {
  /** Bytes seen so far. */
  readonly size: number;
  /** Takes the bytes; they may be reused when this returns or, should it answer a promise, when that resolves. Rejects when the digest is lost. */
  update(chunk: Uint8Array): Promise<void> | void;
  /** The identity of everything seen. */
  finish(): Promise<BlobIdentity> | BlobIdentity;
  /** To be called when the digest is not needed any more, finished or not. */
  end(): void;
}

/** Makes digests: in the calling thread, or beside it for bytes that are worth it. */
export interface StreamDigests {
  /** `expectedSize`: bytes that are announced; null when unknown. */
  begin(expectedSize: number | null): StreamDigest;
}
