import { randomUUID } from 'node:crypto';
import type { Sha256 } from '@muniment/domain';
import { stagingKey, type ByteRange, type ObjectStore, type OpenBytes, type StoredBlob, type StoreMarker } from '@muniment/application';
import { FilesystemBlobs } from './filesystem-blobs.js';
import { FilesystemMarker } from './filesystem-marker.js';
import { FilesystemStaging } from './filesystem-staging.js';
import { Layout } from './layout.js';
import { placeOfKey } from './segments/segment-names.js';
import { Segments } from './segments/segments.js';

/** The embedded default: everything below one folder of a local POSIX file system. Any number of processes may share it. */
export class FilesystemStore implements ObjectStore {
  readonly backend = 'filesystem';
  readonly direct = null;
  readonly small: Segments;
  readonly location: string;
  readonly #staging: FilesystemStaging;
  readonly #blobs: FilesystemBlobs;
  readonly #marker: FilesystemMarker;

  constructor(options: { readonly root: string }) {
    const layout = new Layout(options.root);
    this.small = new Segments(layout);
    this.#staging = new FilesystemStaging(layout);
    this.#blobs = new FilesystemBlobs(layout);
    this.#marker = new FilesystemMarker(layout);
    this.location = layout.root;
  }

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#blobs.openBlob(sha256, range);
  }

  localBlob(sha256: Sha256): Promise<string | null> {
    return this.#blobs.localBlob(sha256);
  }

  stage(key: string, source: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<{ size: number }> {
    return this.#staging.stage(key, source, options);
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    const place = placeOfKey(key);
    return place === null ? this.#staging.openStaged(key, range) : this.small.open(place, range);
  }

  async localStaged(key: string): Promise<string | null> {
    return placeOfKey(key) === null ? this.#staging.localStaged(key) : null;
  }

  discard(key: string): Promise<void> {
    const place = placeOfKey(key);
    return place === null ? this.#staging.discard(key) : this.small.discard(place);
  }

  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    yield* this.#staging.listStaged(olderThan);
    yield* this.small.listStaged(olderThan);
  }

  begin(key: string): Promise<{ handle: null }> {
    return this.#staging.begin(key);
  }

  appendStaged(key: string, handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ offset: number }> {
    return this.#staging.appendStaged(key, handle, offset, source);
  }

  position(key: string): Promise<number> {
    return this.#staging.position(key);
  }

  truncate(key: string, handle: string | null, offset: number): Promise<void> {
    return this.#staging.truncate(key, handle, offset);
  }

  complete(key: string): Promise<{ size: number }> {
    return this.#staging.complete(key);
  }

  async promote(key: string, sha256: Sha256, size: number): Promise<void> {
    const place = placeOfKey(key);
    return place === null ? this.#blobs.promote(key, sha256, size) : this.#blobs.promoteBytes(await this.small.read(place), sha256, size);
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
    const key = stagingKey(`probe-${randomUUID()}`);
    try {
      await this.#staging.stage(key, single(Buffer.from(key)));
      const probe = await this.#staging.openStaged(key);
      if (probe === null) throw new Error('The object store lost a probe it had just acknowledged.');
      const read: Buffer[] = [];
      for await (const chunk of probe.stream) read.push(chunk as Buffer);
      if (Buffer.concat(read).toString() !== key) throw new Error('The object store returned other bytes than the probe it was given.');
    } finally {
      await this.#staging.discard(key);
    }
  }

  close(): Promise<void> {
    return this.small.close();
  }
}

// oxlint-disable-next-line typescript/require-await -- an async source of one chunk has nothing to wait for
async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
