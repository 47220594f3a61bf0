import { createHash } from 'node:crypto';
import type { Sha256 } from '@muniment/domain';
import {
  BytesMissing,
  type BlobPromoter,
  type BlobReader,
  type BlobRemover,
  type ByteRange,
  type OpenBytes,
  type StoredBlob,
} from '@muniment/application';
import { addressedBlob } from '../bytes/names.js';
import type { Bucket } from './bucket.js';
import { isUploadGone } from './failures.js';
import type { ObjectNames } from './object-names.js';
import { openObject } from './open-object.js';
import { cutRanges, plannedPartBytes } from './part-plan.js';

const removalBatch = 1_000;
const copyPartBytes = 256 * 1024 * 1024;
const copyWidth = 4;

/** Blobs as objects under their content address. Objects appear whole or not at all, so size is all there is to verify here; digests are the hasher's. */
export class S3Blobs implements BlobReader, BlobPromoter, BlobRemover {
  readonly backend = 's3';

  /** `singleCopyBytes`: longest object copied in one request. S3 allows 5 GiB, but a store that answers only when done must beat the idle limit. */
  constructor(
    private readonly bucket: Bucket,
    private readonly names: ObjectNames,
    private readonly singleCopyBytes: number,
  ) {}

  openBlob(sha256: Sha256, range?: ByteRange): Promise<OpenBytes | null> {
    return openObject(this.bucket, this.names.blob(sha256), range);
  }

  localBlob(sha256: Sha256): Promise<null> {
    this.names.blob(sha256);
    return Promise.resolve(null);
  }

  /**
   * The staged bytes were just verified, those of a blob that is there already were not: it is copied over. This also makes it young, so that the orphan reaper does
   * not take it before its new reference commits.
   */
  async promote(key: string, sha256: Sha256, size: number): Promise<void> {
    const source = this.names.staged(key);
    const target = this.names.blob(sha256);
    const staged = await this.bucket.stat(source);
    if (staged === null) {
      if ((await this.bucket.stat(target))?.size === size) return;
      throw new BytesMissing('Neither staged bytes nor a blob of that size: nothing to promote.');
    }
    if (staged.size !== size) throw new Error(`The staged bytes are ${staged.size} long, not ${size}: not promoted.`);
    if (size <= this.singleCopyBytes) await this.bucket.copy(source, target);
    else await this.#copyInParts(source, target, size);
    const stored = await this.bucket.stat(target);
    // A copy that failed half-way may still be answered with status 200.
    if (stored?.size !== size) throw new Error(`The object store copied ${stored?.size ?? 0} bytes of ${size}.`);
  }

  async putBlob(sha256: Sha256, bytes: Uint8Array): Promise<void> {
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new Error('The bytes do not have the digest they are named by.');
    await this.bucket.put(this.names.blob(sha256), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  async removeBlobs(sha256s: readonly Sha256[]): Promise<void> {
    const names = sha256s.map((sha256) => this.names.blob(sha256));
    for (let from = 0; from < names.length; from += removalBatch) await this.bucket.removeMany(names.slice(from, from + removalBatch));
  }

  /** S3 lists names in the order of their bytes, which for addresses is the order of digests. */
  async *listBlobs(olderThan: Date): AsyncGenerator<StoredBlob> {
    for await (const { name, size, changed } of this.bucket.list(this.names.blobs)) {
      const sha256 = addressedBlob(name);
      if (sha256 !== null && changed < olderThan) yield { sha256, size, changed };
    }
  }

  async #copyInParts(source: string, target: string, size: number): Promise<void> {
    const partBytes = plannedPartBytes(size, Math.min(copyPartBytes, this.singleCopyBytes));
    const ranges = cutRanges(size, () => partBytes);
    const uploadId = await this.bucket.initiate(target);
    try {
      const parts: { part: number; etag: string }[] = [];
      for (let from = 0; from < ranges.length; from += copyWidth) {
        const wave = ranges.slice(from, from + copyWidth).map(async (range, index) => {
          const part = from + index + 1;
          return { part, etag: await this.bucket.copyPart(target, uploadId, part, source, range) };
        });
        parts.push(...(await Promise.all(wave)));
      }
      await this.bucket.finish(target, uploadId, parts);
    } catch (error) {
      await this.bucket.abort(target, uploadId);
      // A racing promotion finished first and cleared the field; the caller verifies what it left.
      if (!isUploadGone(error)) throw error;
    }
    // Uploads of racers and of killed promotions: nobody else would find them under a content address.
    for await (const upload of this.bucket.openUploads(target)) {
      if (upload.name === target) await this.bucket.abort(target, upload.uploadId);
    }
  }
}
