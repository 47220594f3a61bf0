import type { Sha256 } from '@muniment/domain';
import type { ByteRange, DirectStaging, ObjectStore, OpenBytes, SmallStaging, StoredBlob, StoreMarker } from '@muniment/application';

/** What a store is asked to do, as metrics name it. */
export const storeOperations = [
  'append',
  'begin',
  'begin_direct',
  'check',
  'complete',
  'complete_direct',
  'discard',
  'open_blob',
  'open_staged',
  'position',
  'promote',
  'put_blob',
  'remove_blobs',
  'stage',
  'stage_small',
  'truncate',
] as const;
export type StoreOperation = (typeof storeOperations)[number];

/** One operation ended after so many seconds of wall time; for an opened stream it is the time until it was open. */
export type OperationRecorder = (operation: StoreOperation, outcome: 'done' | 'failed', seconds: number) => void;

/** Any store, with the durations and outcomes of its operations reported. Changes nothing else: results, errors and streams are those of the store inside. */
export class MeteredStore implements ObjectStore {
  readonly backend: string;
  readonly location: string;
  readonly direct: DirectStaging | null;
  readonly small: SmallStaging | null;

  constructor(
    private readonly inner: ObjectStore,
    private readonly record: OperationRecorder,
  ) {
    this.backend = inner.backend;
    this.location = inner.location;
    this.direct = inner.direct === null ? null : this.#meteredDirect(inner.direct);
    this.small = inner.small === null ? null : this.#meteredSmall(inner.small);
  }

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#timed('open_blob', () => this.inner.openBlob(sha256, range));
  }

  localBlob(sha256: Sha256): Promise<string | null> {
    return this.inner.localBlob(sha256);
  }

  stage(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly size: number }> {
    return this.#timed('stage', () => this.inner.stage(key, source, options));
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#timed('open_staged', () => this.inner.openStaged(key, range));
  }

  localStaged(key: string): Promise<string | null> {
    return this.inner.localStaged(key);
  }

  discard(key: string): Promise<void> {
    return this.#timed('discard', () => this.inner.discard(key));
  }

  listStaged(olderThan: Date): AsyncIterable<string> {
    return this.inner.listStaged(olderThan);
  }

  begin(key: string): Promise<{ readonly handle: string | null }> {
    return this.#timed('begin', () => this.inner.begin(key));
  }

  appendStaged(
    key: string,
    handle: string | null,
    offset: number,
    source: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly offset: number }> {
    return this.#timed('append', () => this.inner.appendStaged(key, handle, offset, source));
  }

  position(key: string, handle: string | null): Promise<number> {
    return this.#timed('position', () => this.inner.position(key, handle));
  }

  truncate(key: string, handle: string | null, offset: number): Promise<void> {
    return this.#timed('truncate', () => this.inner.truncate(key, handle, offset));
  }

  complete(key: string, handle: string | null): Promise<{ readonly size: number }> {
    return this.#timed('complete', () => this.inner.complete(key, handle));
  }

  promote(key: string, sha256: Sha256, size: number): Promise<void> {
    return this.#timed('promote', () => this.inner.promote(key, sha256, size));
  }

  putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void> {
    return this.#timed('put_blob', () => this.inner.putBlob(sha256, bytes));
  }

  removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    return this.#timed('remove_blobs', () => this.inner.removeBlobs(sha256s));
  }

  listBlobs(olderThan: Date): AsyncIterable<StoredBlob> {
    return this.inner.listBlobs(olderThan);
  }

  marker(): Promise<StoreMarker | null> {
    return this.inner.marker();
  }

  mark(marker: StoreMarker): Promise<StoreMarker> {
    return this.inner.mark(marker);
  }

  check(): Promise<void> {
    return this.#timed('check', () => this.inner.check());
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  #meteredDirect(direct: DirectStaging): DirectStaging {
    return {
      beginDirect: (key, size, expiresSeconds, begun) =>
        this.#timed('begin_direct', () => direct.beginDirect(key, size, expiresSeconds, begun)),
      completeDirect: (key, handle, parts) => this.#timed('complete_direct', () => direct.completeDirect(key, handle, parts)),
    };
  }

  #meteredSmall(small: SmallStaging): SmallStaging {
    return { maxBytes: small.maxBytes, stageSmall: (bytes) => this.#timed('stage_small', () => small.stageSmall(bytes)) };
  }

  async #timed<T>(operation: StoreOperation, run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      const result = await run();
      this.record(operation, 'done', (performance.now() - started) / 1000);
      return result;
    } catch (error) {
      this.record(operation, 'failed', (performance.now() - started) / 1000);
      throw error;
    }
  }
}
