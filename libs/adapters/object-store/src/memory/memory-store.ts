import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Sha256 } from '@muniment/domain';
import {
  BytesMissing,
  stagingKey,
  type ByteRange,
  type ObjectStore,
  type OpenBytes,
  type SmallStaging,
  type StoredBlob,
  type StoreMarker,
} from '@muniment/application';
import { abortable } from '../bytes/abortable.js';
import { blobAddress, stagedId } from '../bytes/names.js';
import { assertAppendOffset, assertTruncation } from '../bytes/offset.js';
import { assertRange } from '../bytes/range.js';

interface Held {
  readonly bytes: Buffer;
  /** Milliseconds since the epoch of the last change. */
  readonly changed: number;
}

/** Everything in this process's memory, gone with it: for tests and demonstrations. Same contract, no durability. */
export class MemoryStore implements ObjectStore {
  readonly backend = 'memory';
  readonly direct = null;
  readonly location = 'memory';
  readonly small: SmallStaging | null;
  readonly #blobs = new Map<string, Held>();
  readonly #staged = new Map<string, Held>();
  readonly #partial = new Map<string, Held>();
  #marker: StoreMarker | null = null;
  readonly #now: () => number;

  /** `now` in milliseconds since the epoch; tests pass their own clock, and say whether small files come another way here too. */
  constructor(options: { readonly now?: () => number; readonly smallBytes?: number } = {}) {
    this.small = options.smallBytes === undefined ? null : { maxBytes: options.smallBytes, stageSmall: (bytes) => this.#stageSmall(bytes) };
    this.#now = options.now ?? Date.now;
  }

  async openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return Promise.resolve(opened(this.#blobs.get(blobAddress(sha256)), range));
  }

  async localBlob(sha256: Sha256): Promise<null> {
    blobAddress(sha256);
    return Promise.resolve(null);
  }

  async stage(key: string, source: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<{ size: number }> {
    stagedId(key);
    options.signal?.throwIfAborted();
    const chunks: Buffer[] = [];
    for await (const chunk of abortable(source, options.signal)) chunks.push(Buffer.from(chunk));
    options.signal?.throwIfAborted();
    if (this.#staged.has(key)) throw new Error('The staging key is taken: staged bytes are never replaced.');
    const bytes = Buffer.concat(chunks);
    this.#staged.set(key, this.#held(bytes));
    return { size: bytes.length };
  }

  async #stageSmall(bytes: Uint8Array): Promise<string> {
    const key = stagingKey(randomUUID());
    this.#staged.set(key, this.#held(Buffer.from(bytes)));
    return Promise.resolve(key);
  }

  async openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    stagedId(key);
    return Promise.resolve(opened(this.#staged.get(key), range));
  }

  async localStaged(key: string): Promise<null> {
    stagedId(key);
    return Promise.resolve(null);
  }

  async discard(key: string): Promise<void> {
    stagedId(key);
    this.#staged.delete(key);
    this.#partial.delete(key);
    return Promise.resolve();
  }

  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    yield* await Promise.resolve(olderKeys([...this.#staged, ...this.#partial], olderThan));
  }

  async begin(key: string): Promise<{ handle: null }> {
    stagedId(key);
    if (this.#staged.has(key)) throw new Error('The staging key is taken.');
    if (!this.#partial.has(key)) this.#partial.set(key, this.#held(Buffer.alloc(0)));
    return Promise.resolve({ handle: null });
  }

  async appendStaged(key: string, _handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ offset: number }> {
    const before = this.#open(key).bytes;
    assertAppendOffset(before.length, offset);
    const chunks: Buffer[] = [before];
    try {
      for await (const chunk of source) chunks.push(Buffer.from(chunk));
    } finally {
      this.#partial.set(key, this.#held(Buffer.concat(chunks)));
    }
    return { offset: this.#open(key).bytes.length };
  }

  async position(key: string): Promise<number> {
    return Promise.resolve((this.#staged.get(key) ?? this.#open(key)).bytes.length);
  }

  async truncate(key: string, _handle: string | null, offset: number): Promise<void> {
    const { bytes } = this.#open(key);
    assertTruncation(bytes.length, offset);
    this.#partial.set(key, this.#held(Buffer.from(bytes.subarray(0, offset))));
    return Promise.resolve();
  }

  async complete(key: string): Promise<{ size: number }> {
    const done = this.#staged.get(key);
    if (done !== undefined) return Promise.resolve({ size: done.bytes.length });
    const { bytes } = this.#open(key);
    this.#staged.set(key, this.#held(bytes));
    this.#partial.delete(key);
    return { size: bytes.length };
  }

  async promote(key: string, sha256: Sha256, size: number): Promise<void> {
    stagedId(key);
    const address = blobAddress(sha256);
    const staged = this.#staged.get(key);
    const blob = this.#blobs.get(address);
    if (staged === undefined && blob?.bytes.length !== size) {
      throw new BytesMissing('Neither staged bytes nor a blob of that size: nothing to promote.');
    }
    if (staged !== undefined && staged.bytes.length !== size)
      throw new Error(`The staged bytes are ${staged.bytes.length} long, not ${size}: not promoted.`);
    if (staged !== undefined) this.#blobs.set(address, this.#held(staged.bytes));
    return Promise.resolve();
  }

  async putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void> {
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('The bytes do not have the digest they are named by.');
    this.#blobs.set(blobAddress(sha256), this.#held(Buffer.from(bytes)));
    return Promise.resolve();
  }

  async removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    for (const sha256 of sha256s) this.#blobs.delete(blobAddress(sha256));
    return Promise.resolve();
  }

  async *listBlobs(olderThan: Date): AsyncGenerator<StoredBlob> {
    for (const address of await Promise.resolve(olderKeys([...this.#blobs], olderThan).sort())) {
      const held = this.#blobs.get(address);
      const sha256 = address.slice(address.lastIndexOf('/') + 1) as Sha256;
      if (held !== undefined) yield { sha256, size: held.bytes.length, changed: new Date(held.changed) };
    }
  }

  async marker(): Promise<StoreMarker | null> {
    return Promise.resolve(this.#marker);
  }

  async mark(marker: StoreMarker): Promise<StoreMarker> {
    return Promise.resolve((this.#marker ??= marker));
  }

  async check(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    return Promise.resolve();
  }

  #open(key: string): Held {
    stagedId(key);
    const partial = this.#partial.get(key);
    if (partial === undefined) throw new BytesMissing('No unfinished upload lies under this staging key.');
    return partial;
  }

  #held(bytes: Buffer): Held {
    return { bytes, changed: this.#now() };
  }
}

function opened(held: Held | undefined, range: ByteRange | undefined): OpenBytes | null {
  if (held === undefined) return null;
  const size = held.bytes.length;
  if (range !== undefined) assertRange(range, size);
  const bytes = range === undefined ? held.bytes : held.bytes.subarray(range.start, range.end + 1);
  // Not objectMode: consumers count bytes and set encodings as on a file.
  return { size, stream: Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false }) };
}

function olderKeys(entries: readonly (readonly [string, Held])[], olderThan: Date): string[] {
  return entries.filter(([, held]) => held.changed < olderThan.getTime()).map(([key]) => key);
}
