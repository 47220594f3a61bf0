import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { Client } from 'minio';
import type { ByteRange } from '@muniment/application';
import { isAbsent, isUploadGone, repeated } from './failures.js';
import { timedTransport } from './transport.js';

export interface BucketOptions {
  /** `http(s)://host[:port]`, without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** A connection that is silent this long is dead. */
  readonly idleMs?: number;
}

type RequestOption = Parameters<Client['makeRequestAsync']>[0];

export interface StoredObject {
  readonly size: number;
  readonly changed: Date;
  /** User metadata, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredPart {
  readonly part: number;
  readonly etag: string;
  readonly size: number;
  readonly changed: Date;
}

export interface OpenUpload {
  readonly name: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/** `listParts` is protected in the typings although it is a plain S3 call; a subclass may use it. */
class ListingClient extends Client {
  partsOf(bucket: string, name: string, uploadId: string): ReturnType<Client['listParts']> {
    return this.listParts(bucket, name, uploadId);
  }
}

/**
 * The core S3 calls on one bucket, each one request, safe to repeat and repeated on transient trouble. Never the library's own streaming upload: it resumes
 * foreign parts by key, numbers them wrongly and reports success with bytes missing (stack notes, section 6). Etags only name parts; they are no digests.
 */
export class Bucket {
  readonly #client: ListingClient;
  readonly #agent: http.Agent;
  readonly #name: string;

  constructor(options: BucketOptions) {
    const url = new URL(options.endpoint);
    const secure = url.protocol === 'https:';
    const pool = { keepAlive: true, maxSockets: 128 };
    this.#agent = secure ? new https.Agent(pool) : new http.Agent(pool);
    this.#name = options.bucket;
    this.#client = new ListingClient({
      endPoint: url.hostname.replace(/^\[|\]$/g, ''),
      ...(url.port === '' ? {} : { port: Number(url.port) }),
      useSSL: secure,
      region: options.region,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      // Path style works with every server; virtual hosts need DNS that self-hosted stores do not have.
      pathStyle: true,
      transport: timedTransport(secure, options.idleMs ?? 60_000),
      transportAgent: this.#agent,
      // Repeating is ours: the library's own prints to the console and forgets to drain the refused answer.
      retryOptions: { disableRetry: true },
    });
  }

  async put(name: string, bytes: Buffer, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
    const headers = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`x-amz-meta-${key}`, value]));
    await repeated(() => this.#client.makeRequestAsyncOmit(this.#request('PUT', name, headers), bytes));
  }

  /** Null when absent. The caller reads or destroys the stream. `size` is that of the whole object. */
  async get(name: string, range?: ByteRange): Promise<{ stream: IncomingMessage; object: StoredObject } | null> {
    const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` };
    try {
      const stream = await repeated(() => this.#client.makeRequestAsync(this.#request('GET', name, headers), '', [200, 206]));
      return { stream, object: described(stream) };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  /** Null when absent. */
  async stat(name: string): Promise<StoredObject | null> {
    try {
      return described(await repeated(() => this.#client.makeRequestAsyncOmit(this.#request('HEAD', name))));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  /** Absent is fine. */
  async remove(name: string): Promise<void> {
    await repeated(() => this.#client.removeObject(this.#name, name));
  }

  /** One request per 1,000 names; absent ones are fine. Throws when the store kept any. */
  async removeMany(names: readonly string[]): Promise<void> {
    const answers = await repeated(() => this.#client.removeObjects(this.#name, [...names]));
    const kept = answers.flatMap((answer) =>
      answer?.Error?.Code === undefined || answer.Error.Code === 'NoSuchKey' ? [] : [answer.Error.Code],
    );
    if (kept.length > 0) throw new Error(`The object store refused to delete ${kept.length} objects: ${String(kept[0])}.`);
  }

  /** Server-side copy within the bucket, in one request. */
  async copy(from: string, to: string): Promise<void> {
    await repeated(() => this.#client.makeRequestAsyncOmit(this.#request('PUT', to, { 'x-amz-copy-source': this.#source(from) })));
  }

  /** Objects below a prefix, in order of their names. */
  async *list(prefix: string): AsyncGenerator<{ readonly name: string; readonly size: number; readonly changed: Date }> {
    let token = '';
    do {
      const page = await repeated(() => this.#client.listObjectsV2Query(this.#name, prefix, token, '', 1000, ''));
      for (const object of page.objects) {
        const { name, size, lastModified } = object;
        if (name !== undefined && size !== undefined && lastModified !== undefined) yield { name, size, changed: lastModified };
      }
      token = page.isTruncated ? page.nextContinuationToken : '';
    } while (token !== '');
  }

  /** Not repeated by design of S3 (each call opens another upload), but an upload opened twice is only garbage the reaper finds. */
  async initiate(name: string): Promise<string> {
    return repeated(() => this.#client.initiateNewMultipartUpload(this.#name, name, { 'content-type': 'application/octet-stream' }));
  }

  async putPart(name: string, uploadId: string, part: number, bytes: Buffer): Promise<string> {
    return (await repeated(() => this.#client.uploadPart(this.#part(name, uploadId, part, {}), bytes))).etag;
  }

  /** Server-side copy of a range of another object into a part. */
  async copyPart(name: string, uploadId: string, part: number, from: string, range: ByteRange): Promise<string> {
    const headers = { 'x-amz-copy-source': this.#source(from), 'x-amz-copy-source-range': `bytes=${range.start}-${range.end}` };
    const { etag } = await repeated(() => this.#client.uploadPart(this.#part(name, uploadId, part, headers)));
    // A failed copy may come as an error document under status 200; it has no etag.
    if (!etag) throw new Error('The object store did not copy a part.');
    return etag;
  }

  /** What an open multipart upload holds; null when it is gone. RadosGW says of one that was completed that its key is not there. */
  async parts(name: string, uploadId: string): Promise<readonly StoredPart[] | null> {
    const listed = await repeated(() => this.#client.partsOf(this.#name, name, uploadId)).catch((error: unknown) => {
      if (isUploadGone(error) || isAbsent(error)) return null;
      throw error;
    });
    if (listed === null) return null;
    return listed
      .map(({ part, etag, size, lastModified }) => ({ part, etag, size, changed: lastModified ?? new Date() }))
      .sort((a, b) => a.part - b.part);
  }

  /**
   * Makes the listed parts the object. Safe to repeat: an upload that is gone while the object is there was finished by an attempt whose answer was lost.
   * The caller compares the size, which also catches an object of another origin.
   */
  async finish(name: string, uploadId: string, parts: readonly { readonly part: number; readonly etag: string }[]): Promise<void> {
    try {
      await repeated(() => this.#client.completeMultipartUpload(this.#name, name, uploadId, [...parts]));
    } catch (error) {
      if (!isUploadGone(error) || (await this.stat(name)) === null) throw error;
    }
  }

  /** An upload that is gone already is fine. */
  async abort(name: string, uploadId: string): Promise<void> {
    try {
      await repeated(() => this.#client.abortMultipartUpload(this.#name, name, encodeURIComponent(uploadId)));
    } catch (error) {
      if (!isUploadGone(error)) throw error;
    }
  }

  /** Open multipart uploads below a prefix. Some servers (MinIO) list only those of the exact name, so keep a side object for what must be found. */
  async *openUploads(prefix: string): AsyncGenerator<OpenUpload> {
    let marker = '';
    for (;;) {
      const page = await repeated(() => this.#client.listIncompleteUploadsQuery(this.#name, prefix, marker, '', ''));
      for (const upload of page.uploads) yield { name: upload.key, uploadId: upload.uploadId, initiated: upload.initiated };
      if (!page.isTruncated || page.nextKeyMarker === '' || page.nextKeyMarker === marker) return;
      marker = page.nextKeyMarker;
    }
  }

  presignPart(name: string, uploadId: string, part: number, expiresSeconds: number): Promise<string> {
    return this.#client.presignedUrl('PUT', this.#name, name, expiresSeconds, { uploadId, partNumber: String(part) });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** New for every attempt: the library writes into what it is given. */
  #request(method: string, name: string, headers: Readonly<Record<string, string>> = {}): RequestOption {
    return { method, bucketName: this.#name, objectName: name, headers: { ...headers } };
  }

  #part(name: string, uploadId: string, part: number, headers: Readonly<Record<string, string>>): Parameters<Client['uploadPart']>[0] {
    return { bucketName: this.#name, objectName: name, uploadID: encodeURIComponent(uploadId), partNumber: part, headers: { ...headers } };
  }

  #source(name: string): string {
    return `/${this.#name}/${name.split('/').map(encodeURIComponent).join('/')}`;
  }
}

function described(answer: Pick<IncomingMessage, 'headers'>): StoredObject {
  const total = answer.headers['content-range']?.split('/')[1] ?? answer.headers['content-length'];
  const size = Number(total);
  if (total === undefined || !Number.isSafeInteger(size)) throw new Error('The object store did not say how long the object is.');
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (name.startsWith('x-amz-meta-') && typeof value === 'string') metadata[name.slice('x-amz-meta-'.length)] = value;
  }
  return { size, changed: new Date(answer.headers['last-modified'] ?? 0), metadata };
}
