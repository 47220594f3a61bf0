import { Refusal } from '@muniment/domain';
import { BytesMissing, type DirectStaging } from '@muniment/application';
import type { Bucket } from './bucket.js';
import { failureCode, isUploadGone } from './failures.js';
import type { ObjectNames } from './object-names.js';
import { cutRanges, maxObjectBytes, plannedPartBytes } from './part-plan.js';
import { writeSide } from './side-object.js';

const wrongList: ReadonlySet<string> = new Set(['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall', 'MalformedXML']);

/** The client sends parts straight to the store by presigned URLs; the archive only opens and closes the upload. */
export class S3Direct implements DirectStaging {
  constructor(
    private readonly bucket: Bucket,
    private readonly names: ObjectNames,
    private readonly partBytes: number,
  ) {}

  async beginDirect(
    key: string,
    size: number,
    expiresSeconds: number,
    begun?: string,
  ): Promise<{ handle: string; partSize: number; urls: string[] }> {
    if (!Number.isSafeInteger(size) || size < 1 || size > maxObjectBytes) throw new RangeError('A direct upload has 1 byte to 5 TiB.');
    const name = this.names.staged(key);
    const partSize = plannedPartBytes(size, this.partBytes);
    const handle = begun !== undefined && (await this.#isThere(name, begun)) ? begun : await this.#begin(key);
    const urls: string[] = [];
    for (const [index] of cutRanges(size, () => partSize).entries()) {
      urls.push(await this.bucket.presignPart(name, handle, index + 1, expiresSeconds));
    }
    return { handle, partSize, urls };
  }

  async #begin(key: string): Promise<string> {
    const handle = await this.bucket.initiate(this.names.staged(key));
    await writeSide(this.bucket, this.names.side(key), { uploadId: handle, tailStart: 0, tail: Buffer.alloc(0), cutTo: null });
    return handle;
  }

  /** Open, or completed by somebody whose answer was lost. */
  async #isThere(name: string, handle: string): Promise<boolean> {
    return (await this.bucket.parts(name, handle)) !== null || (await this.bucket.stat(name)) !== null;
  }

  /** Safe to repeat. Refuses (`request_malformed`) a list that is not what the store holds. The size is the store's word; the digests come later. */
  async completeDirect(
    key: string,
    handle: string,
    parts: readonly { readonly part: number; readonly etag: string }[],
  ): Promise<{ size: number }> {
    const name = this.names.staged(key);
    const listed = parts.map(({ part, etag }) => ({ part, etag: etag.replace(/^"|"$/g, '') })).sort((a, b) => a.part - b.part);
    try {
      await this.bucket.finish(name, handle, listed);
    } catch (error) {
      if (wrongList.has(failureCode(error) ?? '') || listed.length === 0) {
        throw new Refusal(
          'request_malformed',
          'The object store does not hold the parts as listed. List every part with the etag it answered.',
        );
      }
      if (!isUploadGone(error)) throw error;
    }
    const stored = await this.bucket.stat(name);
    if (stored === null) throw new BytesMissing('No upload, open or complete, lies under this staging key.');
    await this.bucket.remove(this.names.side(key));
    return { size: stored.size };
  }
}
