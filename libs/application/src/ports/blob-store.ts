import type { Readable } from 'node:stream';
import type { Sha256 } from '@muniment/domain';
import type { MarkedStore } from './store-identity.js';

/**
 * Bytes under content addresses, and bytes on their way there. Split by capability: a use case asks only for what it needs.
 * Keys are made by {@link stagingKey} or the store itself; none ever contains user text.
 */
export interface ByteRange {
  readonly start: number;
  /** Inclusive, as in RFC 9110. */
  readonly end: number;
}

/** What the caller may read: an open stream and the length of the whole blob in bytes. The stream errors when the store fails. */
export interface OpenBytes {
  readonly stream: Readable;
  readonly size: number;
}

/** A key or blob that is not there. Absence is an answer, so readers return null; this is for operations that needed it to be there. */
export class BytesMissing extends Error {
  override readonly name = 'BytesMissing';
}

export interface BlobReader {
  /** Name of this store, recorded in receipts: `filesystem`, `s3`, `memory`. */
  readonly backend: string;
  /** Opens a blob, or part of it. Null when absent. The range must lie within the blob. */
  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null>;
  /** A local file holding the blob, where the store has one: lets a worker thread read without a stream. Null otherwise. */
  localBlob(sha256: Sha256): Promise<string | null>;
}

export interface StagingArea {
  readonly backend: string;
  /**
   * Stores `source` under a fresh staging key. Resolves only when the bytes are durable (fsync or the store's acknowledgement), with the number of bytes.
   * A failing source, a failing store or an aborted signal rejects and leaves nothing behind but, at worst, parts the reaper removes.
   */
  stage(key: string, source: AsyncIterable<Uint8Array>, options?: { readonly signal?: AbortSignal }): Promise<{ readonly size: number }>;
  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null>;
  localStaged(key: string): Promise<string | null>;
  /** Removes staged bytes; absent is fine. */
  discard(key: string): Promise<void>;
  /** Staged keys (open multipart uploads too) last changed before `olderThan`, for the reaper. */
  listStaged(olderThan: Date): AsyncIterable<string>;
}

/** Staging of files that are small and whole, many with one sync: a store offers it where a file of its own costs much more than its bytes. */
export interface SmallStaging {
  /** Longest file it takes, in bytes. */
  readonly maxBytes: number;
  /**
   * Resolves with a fresh staging key, of the store's own making, when the bytes are durable. All of {@link StagingArea} and {@link BlobPromoter} knows that
   * key. Rejects when they are not known to be durable; the reaper then removes what there may be.
   */
  stageSmall(bytes: Uint8Array): Promise<string>;
}

/** Resumable staging: bytes arrive in order, in any number of calls, perhaps from several processes one after the other. */
export interface ResumableStaging {
  /**
   * Prepares the key. Returns the handle later calls need (a multipart id where the store has one). Safe to repeat until the upload is complete: what the key
   * holds stays, and the handle is the same.
   */
  begin(key: string): Promise<{ readonly handle: string | null }>;
  /**
   * Appends at `offset`, which must equal what the store holds (else throws `Refusal upload_offset_mismatch`). Resolves with the new durable offset. When the source
   * breaks off, keeps what it can keep durably and rejects; ask {@link position} where to go on.
   */
  appendStaged(key: string, handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ readonly offset: number }>;
  /** Durable bytes so far. */
  position(key: string, handle: string | null): Promise<number>;
  /** Cuts back to `offset` (a checksum that failed). */
  truncate(key: string, handle: string | null, offset: number): Promise<void>;
  /** No more bytes will come: makes the key readable through {@link StagingArea.openStaged}. Safe to repeat. */
  complete(key: string, handle: string | null): Promise<{ readonly size: number }>;
}

/** Direct-to-store multipart by presigned URLs; null capability on stores without it. */
export interface DirectStaging {
  /** `begun`: handle of the upload that this key has already; then it is that one again, under fresh URLs, and its parts stay. */
  beginDirect(
    key: string,
    size: number,
    expiresSeconds: number,
    begun?: string,
  ): Promise<{ readonly handle: string; readonly partSize: number; readonly urls: readonly string[] }>;
  completeDirect(
    key: string,
    handle: string,
    parts: readonly { readonly part: number; readonly etag: string }[],
  ): Promise<{ readonly size: number }>;
}

/** The one door: bytes become a blob only here, and only after both witnesses agreed. */
export interface BlobPromoter {
  /** Makes staged bytes the blob of that name. Idempotent: safe after a kill, for racing callers, and when the blob already exists, of which they take the place: they are verified, it may have rotted. Keeps the staging key; discard it after the event. */
  promote(key: string, sha256: Sha256, size: number): Promise<void>;
  /** Stores small bytes made by the archive itself straight under their content address. Idempotent. */
  putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void>;
}

/** A blob as the store's listing shows it. */
export interface StoredBlob {
  readonly sha256: Sha256;
  /** Bytes. */
  readonly size: number;
  /** When it was last stored or confirmed, by the store's clock. */
  readonly changed: Date;
}

export interface BlobLister {
  /** Blobs last changed before `olderThan`, in ascending order of their digest, read as they are consumed: memory does not grow with their number. */
  listBlobs(olderThan: Date): AsyncIterable<StoredBlob>;
}

/** Removal; only the retention service is given this. */
export interface BlobRemover extends BlobLister {
  /** Removes blobs in batches; absent ones are fine. */
  removeBlobs(sha256s: readonly Sha256[]): Promise<void>;
}

export interface StoreProbe {
  /** Resolves when the store can be read and written; rejects with the reason. */
  check(): Promise<void>;
}

/** Everything a full store offers. */
export interface ObjectStore extends BlobReader, StagingArea, ResumableStaging, BlobPromoter, BlobRemover, MarkedStore, StoreProbe {
  readonly direct: DirectStaging | null;
  readonly small: SmallStaging | null;
  close(): Promise<void>;
}

/** `staging/<uuid>`: the shape of staging keys that the archive makes; those of {@link SmallStaging} are the store's. */
export function stagingKey(id: string): string {
  return `staging/${id}`;
}
