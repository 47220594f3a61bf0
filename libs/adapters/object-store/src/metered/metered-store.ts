import type { Sha256 } from '@muniment/domain';
import type { ByteRange, DirectStaging, ObjectStore, OpenBytes, StoredBlob } from '@muniment/application';
import type { ObjectStoreRecorder } from './recorder.js';

/** Any store, with its bytes and durations reported. Changes nothing else: results, errors and timing are those of the store inside. */
export class MeteredStore implements ObjectStore {
  readonly backend: string;
  readonly direct: DirectStaging | null;

  constructor(
    private readonly inner: ObjectStore,
    private readonly recorder: ObjectStoreRecorder,
  ) {
    this.backend = inner.backend;
    this.direct = inner.direct === null ? null : this.#meteredDirect(inner.direct);
  }

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#timed('open_blob', async () => this.#counted(await this.inner.openBlob(sha256, range)));
  }

  localBlob(sha256: Sha256): Promise<string | null> {
    return this.inner.localBlob(sha256);
  }

  stage(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly size: number }> {
    return this.#timed('stage', () => this.inner.stage(key, this.#incoming(source), options));
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return this.#timed('open_staged', async () => this.#counted(await this.inner.openStaged(key, range)));
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
    return this.#timed('append', () => this.inner.appendStaged(key, handle, offset, this.#incoming(source)));
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
    return this.#timed('put_blob', async () => {
      await this.inner.putBlob(sha256, bytes);
      this.recorder.bytes(this.backend, 'in', bytes.length);
    });
  }

  removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    return this.#timed('remove_blobs', () => this.inner.removeBlobs(sha256s));
  }

  listBlobs(olderThan: Date): AsyncIterable<StoredBlob> {
    return this.inner.listBlobs(olderThan);
  }

  check(): Promise<void> {
    return this.#timed('check', () => this.inner.check());
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  #meteredDirect(direct: DirectStaging): DirectStaging {
    return {
      beginDirect: (key, size, expiresSeconds) => this.#timed('begin_direct', () => direct.beginDirect(key, size, expiresSeconds)),
      completeDirect: (key, handle, parts) => this.#timed('complete_direct', () => direct.completeDirect(key, handle, parts)),
    };
  }

  async #timed<T>(operation: string, run: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      const result = await run();
      this.recorder.operation(this.backend, operation, 'done', (performance.now() - started) / 1000);
      return result;
    } catch (error) {
      this.recorder.operation(this.backend, operation, 'failed', (performance.now() - started) / 1000);
      throw error;
    }
  }

  /** Counts chunks as the reader takes them. A 'data' listener would start the flow; wrapping push leaves back-pressure alone. */
  #counted(opened: OpenBytes | null): OpenBytes | null {
    if (opened === null) return null;
    const { stream } = opened;
    // A response may have buffered its first chunk before it got here.
    this.recorder.bytes(this.backend, 'out', stream.readableLength);
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk instanceof Uint8Array) this.recorder.bytes(this.backend, 'out', chunk.length);
      return push(chunk, encoding);
    };
    return opened;
  }

  async *#incoming(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.recorder.bytes(this.backend, 'in', chunk.length);
      yield chunk;
    }
  }
}
