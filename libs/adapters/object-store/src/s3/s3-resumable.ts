import { BytesMissing, type ResumableStaging } from '@muniment/application';
import { Batch } from '../bytes/batch.js';
import { assertAppendOffset, assertTruncation } from '../bytes/offset.js';
import type { Bucket, StoredPart } from './bucket.js';
import type { ObjectNames } from './object-names.js';
import { cutRanges, maxParts, streamedPartBytes, worthwhilePartBytes } from './part-plan.js';
import { readSide, writeSide, type SideObject } from './side-object.js';

/** What the store holds of one open upload, learnt from the store alone. */
interface Held {
  readonly uploadId: string;
  readonly parts: readonly StoredPart[];
  readonly partBytes: number;
  /** Bytes behind the parts, too few for one. */
  readonly tail: Buffer;
}

/**
 * Resumable staging as one multipart upload plus a side object `<key>.tail`. All state is in the store: after a kill any process goes on. Parts are numbered
 * 1..n without gaps and sent one after the other, so the bytes held are always a prefix of what the client sent.
 */
export class S3Resumable implements ResumableStaging {
  constructor(
    private readonly bucket: Bucket,
    private readonly names: ObjectNames,
    private readonly partBytes: number,
  ) {}

  async begin(key: string): Promise<{ handle: string }> {
    const begun = await readSide(this.bucket, this.names.side(key));
    if (begun !== null) return { handle: begun.uploadId };
    const uploadId = await this.bucket.initiate(this.names.staged(key));
    await writeSide(this.bucket, this.names.side(key), { uploadId, tailStart: 0, tail: Buffer.alloc(0), cutTo: null });
    return { handle: uploadId };
  }

  async position(key: string): Promise<number> {
    const held = await this.#held(key);
    if (held !== null) return held.partBytes + held.tail.length;
    return (await this.#completed(key)).size;
  }

  async appendStaged(key: string, _handle: string | null, offset: number, source: AsyncIterable<Uint8Array>): Promise<{ offset: number }> {
    const held = await this.#open(key);
    assertAppendOffset(held.partBytes + held.tail.length, offset);
    const writer = new PartWriter(this.bucket, this.names.staged(key), held, this.partBytes);
    let tail: Buffer;
    try {
      for await (const chunk of source) await writer.write(chunk);
    } finally {
      // Also when the source broke off: what arrived is worth keeping.
      tail = await writer.flush();
      await writeSide(this.bucket, this.names.side(key), { uploadId: held.uploadId, tailStart: writer.partBytes, tail, cutTo: null });
    }
    return { offset: writer.partBytes + tail.length };
  }

  async truncate(key: string, _handle: string | null, offset: number): Promise<void> {
    const held = await this.#open(key);
    assertTruncation(held.partBytes + held.tail.length, offset);
    const { uploadId, partBytes: tailStart, tail } = held;
    if (offset >= tailStart) {
      await writeSide(this.bucket, this.names.side(key), { uploadId, tailStart, tail: tail.subarray(0, offset - tailStart), cutTo: null });
      return;
    }
    // Parts cannot be taken back, so the upload is rebuilt. The intent is written first: whoever comes after a kill carries it through.
    const side: SideObject = { uploadId, tailStart, tail, cutTo: offset };
    await writeSide(this.bucket, this.names.side(key), side);
    await this.#cut(key, side, offset);
  }

  async complete(key: string): Promise<{ size: number }> {
    const held = await this.#held(key);
    if (held === null) return this.#completed(key);
    const name = this.names.staged(key);
    const size = held.partBytes + held.tail.length;
    if (size === 0) {
      await this.bucket.put(name, held.tail);
      await this.bucket.abort(name, held.uploadId);
    } else {
      const last = held.parts.length + 1;
      const tail = held.tail.length === 0 ? [] : [{ part: last, etag: await this.bucket.putPart(name, held.uploadId, last, held.tail) }];
      await this.bucket.finish(name, held.uploadId, [...held.parts, ...tail]);
    }
    const stored = await this.#completed(key);
    if (stored.size !== size) throw new Error(`The object store holds ${stored.size} bytes of the ${size} it acknowledged.`);
    return stored;
  }

  /** The finished object; clears what a kill between finishing and tidying left. */
  async #completed(key: string): Promise<{ size: number }> {
    const stored = await this.bucket.stat(this.names.staged(key));
    if (stored === null) throw new BytesMissing('No upload, open or complete, lies under this staging key.');
    await this.bucket.remove(this.names.side(key));
    return { size: stored.size };
  }

  async #open(key: string): Promise<Held> {
    const held = await this.#held(key);
    if (held === null) throw new BytesMissing('No unfinished upload lies under this staging key.');
    return held;
  }

  /** Null when no upload is open. */
  async #held(key: string): Promise<Held | null> {
    const side = await readSide(this.bucket, this.names.side(key));
    if (side === null) return null;
    if (side.cutTo !== null) return this.#cut(key, side, side.cutTo);
    return this.#parts(key, side);
  }

  async #parts(key: string, side: SideObject): Promise<Held | null> {
    const parts = await this.bucket.parts(this.names.staged(key), side.uploadId);
    if (parts === null) return null;
    if (parts.some(({ part }, index) => part !== index + 1)) throw new Error('The object store lost a part of an open upload.');
    const partBytes = parts.reduce((sum, { size }) => sum + size, 0);
    return { uploadId: side.uploadId, parts, partBytes, tail: side.tailStart === partBytes ? side.tail : Buffer.alloc(0) };
  }

  /**
   * Carries a truncation through: finish the old upload under the key, copy what stays into a new upload, make the new one current (one PUT decides), drop the old bytes.
   * Each step may be repeated; a new upload orphaned by a kill goes with {@link S3Staging.discard}.
   */
  async #cut(key: string, side: SideObject, offset: number): Promise<Held> {
    const name = this.names.staged(key);
    const old = await this.#parts(key, side);
    if (old !== null && old.parts.length > 0) await this.bucket.finish(name, side.uploadId, old.parts);
    const uploadId = await this.bucket.initiate(name);
    const sizeOf = (index: number): number => streamedPartBytes(index, this.partBytes);
    // Only full parts are copied: a short one in the middle would be refused, so the rest becomes the tail.
    const full = cutRanges(offset, sizeOf).filter(({ start, end }, index) => end - start + 1 === sizeOf(index));
    for (const [index, range] of full.entries()) await this.bucket.copyPart(name, uploadId, index + 1, name, range);
    const tailStart = (full.at(-1)?.end ?? -1) + 1;
    const tail = offset === tailStart ? Buffer.alloc(0) : await this.#read(name, tailStart, offset - 1);
    const current: SideObject = { uploadId, tailStart, tail, cutTo: null };
    await writeSide(this.bucket, this.names.side(key), current);
    await this.bucket.remove(name);
    const held = await this.#parts(key, current);
    if (held?.partBytes !== tailStart) throw new Error('The object store lost the upload it was just given.');
    return held;
  }

  async #read(name: string, start: number, end: number): Promise<Buffer> {
    const found = await this.bucket.get(name, { start, end });
    if (found === null) throw new BytesMissing('The bytes of an upload under truncation are gone.');
    const chunks: Buffer[] = [];
    for await (const chunk of found.stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
}

/** Turns chunks into parts. Memory: two parts (one on its way, one gathering). */
class PartWriter {
  partBytes: number;
  #parts: number;
  #current: Batch;
  #spare: Batch;
  #onItsWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly bucket: Bucket,
    private readonly name: string,
    private readonly held: Held,
    private readonly firstBytes: number,
  ) {
    this.#parts = held.parts.length;
    this.partBytes = held.partBytes;
    this.#current = new Batch(streamedPartBytes(this.#parts, firstBytes));
    this.#spare = new Batch(0);
    this.#current.add(held.tail, 0);
  }

  async write(chunk: Uint8Array): Promise<void> {
    let from = 0;
    while (from < chunk.length) {
      from += this.#current.add(chunk, from);
      if (this.#current.full) await this.#send();
    }
  }

  /** Waits for the last part and returns the bytes that remain, too few for a part. After it, `partBytes` says where they begin. */
  async flush(): Promise<Buffer> {
    await this.#onItsWay;
    if (this.#current.length >= worthwhilePartBytes(this.#parts, this.firstBytes)) {
      await this.#send();
      await this.#onItsWay;
    }
    return this.#current.bytes;
  }

  async #send(): Promise<void> {
    await this.#onItsWay;
    if (this.#parts === maxParts) throw new Error(`An upload cannot have more than ${maxParts} parts.`);
    const batch = this.#current;
    const part = (this.#parts += 1);
    this.#onItsWay = this.bucket.putPart(this.name, this.held.uploadId, part, batch.bytes).then(() => {
      this.partBytes += batch.length;
    });
    // Handled by the next send or by flush; until then a failure must not count as unhandled.
    this.#onItsWay.catch(() => undefined);
    const size = streamedPartBytes(part, this.firstBytes);
    this.#current = this.#spare.capacity === size ? this.#spare : new Batch(size);
    this.#current.clear();
    this.#spare = batch;
  }
}
