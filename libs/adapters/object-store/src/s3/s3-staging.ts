import type { ByteRange, OpenBytes, StagingArea } from '@muniment/application';
import { abortable } from '../bytes/abortable.js';
import { isStagingKey } from '../bytes/names.js';
import { pieces } from '../bytes/pieces.js';
import type { Bucket } from './bucket.js';
import type { ObjectNames } from './object-names.js';
import { openObject } from './open-object.js';
import { streamedPartBytes } from './part-plan.js';
import { writeSide } from './side-object.js';

interface SentParts {
  readonly parts: readonly { readonly part: number; readonly etag: string }[];
  readonly size: number;
}

/** Staged bytes as objects: one PUT when they fit into a part, our own multipart upload otherwise. */
export class S3Staging implements StagingArea {
  readonly backend = 's3';

  constructor(
    private readonly bucket: Bucket,
    private readonly names: ObjectNames,
    private readonly partBytes: number,
  ) {}

  async stage(key: string, source: AsyncIterable<Uint8Array>, options: { readonly signal?: AbortSignal } = {}): Promise<{ size: number }> {
    const name = this.names.staged(key);
    options.signal?.throwIfAborted();
    const gathered = pieces(abortable(source, options.signal), (index) => streamedPartBytes(index, this.partBytes));
    const first = await gathered.next();
    const bytes = first.done === true ? Buffer.alloc(0) : first.value;
    const small = bytes.length < this.partBytes;
    try {
      return { size: small ? await this.#putWhole(name, bytes) : await this.#putParts(key, bytes, gathered, options.signal) };
    } finally {
      // Tells the source that nobody reads on, also when the store failed before the first part.
      await gathered.return(undefined);
    }
  }

  openStaged(key: string, range?: ByteRange): Promise<OpenBytes | null> {
    return openObject(this.bucket, this.names.staged(key), range);
  }

  localStaged(key: string): Promise<null> {
    this.names.staged(key);
    return Promise.resolve(null);
  }

  async discard(key: string): Promise<void> {
    const name = this.names.staged(key);
    // Every server lists the uploads of an exact name, so this finds also those whose id nobody remembers.
    for await (const upload of this.bucket.openUploads(name)) {
      if (upload.name === name) await this.bucket.abort(name, upload.uploadId);
    }
    await this.bucket.removeMany([name, this.names.side(key)]);
  }

  async *listStaged(olderThan: Date): AsyncGenerator<string> {
    const seen = new Set<string>();
    for await (const { key, changed, whole } of this.#candidates()) {
      if (changed >= olderThan || seen.has(key)) continue;
      seen.add(key);
      const side = await this.bucket.stat(this.names.side(key));
      const plain = whole && side === null;
      const young = side !== null && side.changed >= olderThan;
      if (plain || (!young && (await this.#untouchedSince(key, olderThan)))) yield key;
    }
  }

  async *#candidates(): AsyncGenerator<{ readonly key: string; readonly changed: Date; readonly whole: boolean }> {
    for await (const { name, changed } of this.bucket.list(this.names.staging)) {
      const key = this.names.keyOf(name);
      if (isStagingKey(key)) yield { key, changed, whole: name === this.names.staged(key) };
    }
    for await (const { name, initiated } of this.bucket.openUploads(this.names.staging)) {
      const key = this.names.keyOf(name);
      if (isStagingKey(key)) yield { key, changed: initiated, whole: false };
    }
  }

  /** An old beginning is not an old upload: its last part or the finished object may be young. */
  async #untouchedSince(key: string, olderThan: Date): Promise<boolean> {
    const name = this.names.staged(key);
    const object = await this.bucket.stat(name);
    if (object !== null && object.changed >= olderThan) return false;
    for await (const upload of this.bucket.openUploads(name)) {
      if (upload.name !== name) continue;
      if (upload.initiated >= olderThan) return false;
      const parts = await this.bucket.parts(name, upload.uploadId);
      if (parts?.some((part) => part.changed >= olderThan)) return false;
    }
    return true;
  }

  async #putWhole(name: string, bytes: Buffer): Promise<number> {
    await this.bucket.put(name, bytes);
    return this.#verified(name, bytes.length);
  }

  async #putParts(key: string, first: Buffer, rest: AsyncGenerator<Buffer>, signal: AbortSignal | undefined): Promise<number> {
    const name = this.names.staged(key);
    const uploadId = await this.bucket.initiate(name);
    try {
      // Leads the reaper to this upload after a kill, on servers that do not list uploads by prefix.
      await writeSide(this.bucket, this.names.side(key), { uploadId, tailStart: 0, tail: Buffer.alloc(0), cutTo: null });
      const { parts, size } = await this.#sendParts(name, uploadId, first, rest);
      signal?.throwIfAborted();
      await this.bucket.finish(name, uploadId, parts);
      return await this.#verified(name, size);
    } catch (error) {
      // Only this attempt's upload: another writer of the key, if there is one, keeps its own.
      await this.bucket.abort(name, uploadId);
      throw error;
    } finally {
      await this.bucket.remove(this.names.side(key));
    }
  }

  /** One part is on its way while the next is gathered. Never returns or throws with a part still on its way. */
  async #sendParts(name: string, uploadId: string, first: Buffer, rest: AsyncGenerator<Buffer>): Promise<SentParts> {
    const parts: { part: number; etag: string }[] = [];
    let size = 0;
    let onItsWay: Promise<unknown> = Promise.resolve();
    const send = (bytes: Buffer): void => {
      const part = parts.push({ part: parts.length + 1, etag: '' });
      size += bytes.length;
      onItsWay = this.bucket.putPart(name, uploadId, part, bytes).then((etag) => (parts[part - 1] = { part, etag }));
      // The real handler comes with the next piece; until then a failure must not count as unhandled.
      onItsWay.catch(() => undefined);
    };
    try {
      send(first);
      for await (const piece of rest) {
        await onItsWay;
        send(piece);
      }
      await onItsWay;
    } finally {
      await onItsWay.catch(() => undefined);
    }
    return { parts, size };
  }

  async #verified(name: string, size: number): Promise<number> {
    const stored = await this.bucket.stat(name);
    if (stored?.size === size) return size;
    await this.bucket.remove(name);
    throw new Error(`The object store holds ${stored?.size ?? 0} bytes of the ${size} it acknowledged.`);
  }
}
