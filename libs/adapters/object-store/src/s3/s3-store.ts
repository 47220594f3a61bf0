import { randomUUID } from 'node:crypto';
import type { Sha256 } from '@muniment/domain';
import {
  stagingKey,
  type ByteRange,
  type DirectStaging,
  type ObjectStore,
  type OpenBytes,
  type StoredBlob,
  type StoreMarker,
} from '@muniment/application';
import { Bucket, type BucketOptions } from './bucket.js';
import { ObjectNames } from './object-names.js';
import { defaultPartBytes, minPartBytes } from './part-plan.js';
import { S3Blobs } from './s3-blobs.js';
import { S3Direct } from './s3-direct.js';
import { S3Marker } from './s3-marker.js';
import { S3Resumable } from './s3-resumable.js';
import { S3Staging } from './s3-staging.js';

export interface S3Options extends BucketOptions {
  /** Empty, or a path ending with a slash: everything lies below it. */
  readonly prefix?: string;
  /** Bytes of the first multipart part (5 MiB at least): memory of an upload is two parts. */
  readonly partBytes?: number;
  /** Longest object promoted by a single copy request; larger ones are copied part by part. */
  readonly singleCopyBytes?: number;
}

const defaultSingleCopyBytes = 1024 * 1024 * 1024;

/** Any S3-compatible store, by core calls only: put, get, head, list, delete, copy, multipart. The bucket must exist. */
export class S3Store implements ObjectStore {
  readonly backend = 's3';
  readonly direct: DirectStaging;
  readonly small = null;
  readonly location: string;
  readonly #bucket: Bucket;
  readonly #names: ObjectNames;
  readonly #staging: S3Staging;
  readonly #resumable: S3Resumable;
  readonly #blobs: S3Blobs;
  readonly #marker: S3Marker;

  constructor(options: S3Options) {
    const partBytes = options.partBytes ?? defaultPartBytes;
    if (partBytes < minPartBytes) throw new RangeError('S3 parts are at least 5 MiB.');
    this.#bucket = new Bucket(options);
    this.#names = new ObjectNames(options.prefix ?? '');
    this.#staging = new S3Staging(this.#bucket, this.#names, partBytes);
    this.#resumable = new S3Resumable(this.#bucket, this.#names, partBytes);
    this.#blobs = new S3Blobs(this.#bucket, this.#names, options.singleCopyBytes ?? defaultSingleCopyBytes);
    this.#marker = new S3Marker(this.#bucket, this.#names.marker);
    this.location = `s3://${options.bucket}/${options.prefix ?? ''} of ${options.endpoint}`;
    this.direct = new S3Direct(this.#bucket, this.#names, partBytes);
  }

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#blobs.openBlob(sha256, range);
  }

  localBlob(sha256: Sha256): Promise<null> {
    return this.#blobs.localBlob(sha256);
  }

  stage(key: string, source: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<{ size: number }> {
    return this.#staging.stage(key, source, options);
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#staging.openStaged(key, range);
  }

  localStaged(key: string): Promise<null> {
    return this.#staging.localStaged(key);
  }

  discard(key: string): Promise<void> {
    return this.#staging.discard(key);
  }

  listStaged(olderThan: Date): AsyncIterable<string> {
    return this.#staging.listStaged(olderThan);
  }

  begin(key: string): Promise<{ handle: string }> {
    return this.#resumable.begin(key);
  }

  appendStaged(key: string, handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ offset: number }> {
    return this.#resumable.appendStaged(key, handle, offset, source);
  }

  position(key: string): Promise<number> {
    return this.#resumable.position(key);
  }

  truncate(key: string, handle: string | null, offset: number): Promise<void> {
    return this.#resumable.truncate(key, handle, offset);
  }

  complete(key: string): Promise<{ size: number }> {
    return this.#resumable.complete(key);
  }

  promote(key: string, sha256: Sha256, size: number): Promise<void> {
    return this.#blobs.promote(key, sha256, size);
  }

  putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void> {
    return this.#blobs.putBlob(sha256, bytes);
  }

  removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    return this.#blobs.removeBlobs(sha256s);
  }

  listBlobs(olderThan: Date): AsyncIterable<StoredBlob> {
    return this.#blobs.listBlobs(olderThan);
  }

  marker(): Promise<StoreMarker | null> {
    return this.#marker.read();
  }

  mark(marker: StoreMarker): Promise<StoreMarker> {
    return this.#marker.write(marker);
  }

  async check(): Promise<void> {
    const name = this.#names.staged(stagingKey(`probe-${randomUUID()}`));
    try {
      await this.#bucket.put(name, Buffer.from(name));
      const probe = await this.#bucket.get(name);
      if (probe === null) throw new Error('The object store lost a probe it had just acknowledged.');
      const read: Buffer[] = [];
      for await (const chunk of probe.stream) read.push(chunk as Buffer);
      if (Buffer.concat(read).toString() !== name) throw new Error('The object store returned other bytes than the probe it was given.');
    } finally {
      await this.#bucket.remove(name);
    }
  }

  close(): Promise<void> {
    this.#bucket.close();
    return Promise.resolve();
  }
}
