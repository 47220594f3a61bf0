import { randomUUID } from 'node:crypto';
import { eventsHttp, packagesHttp, tokensHttp } from '@muniment/contracts';
import type {
  CompleteDirectUploadBody,
  CreatedTokenAnswer,
  CreatePackageBody,
  CreateTokenBody,
  DirectUploadAnswer,
  DirectUploadBody,
  EventAnswer,
  PackageAnswer,
  PackageListAnswer,
  ReceivedAnswer,
  TokenAnswer,
} from '@muniment/contracts';
import { encodePath, queryOf } from './address.js';
import { bodyOf, type ByteSource, type OnProgress } from './byte-source.js';
import { downloadTo, reprDigestOf, type Downloaded } from './download.js';
import { uploadDirect, type DirectUpload } from './direct-upload.js';
import { followEvents, type EventQuery } from './event-feed.js';
import { EvidenceClient } from './evidence-client.js';
import { JsonCalls, listOf, parsed } from './json-calls.js';
import { CollectionClient } from './collection-client.js';
import { LogClient } from './log-client.js';
import { RetentionClient } from './retention-client.js';
import { defaultRetryPolicy, type RetryPolicy } from './retry.js';
import { Transport, type FetchLike } from './transport.js';
import { uploadResumable, type TusUpload } from './tus-upload.js';

export interface ClientOptions {
  /** Base URL of the gateway, `http://127.0.0.1:7180`. */
  readonly url: string;
  /** API token; `null` sends none. */
  readonly token: string | null;
  readonly fetch?: FetchLike;
  readonly retry?: RetryPolicy;
}

/** Which packages to list. `after` is the `next` of the page before. */
export interface PackageQuery {
  readonly repository?: string;
  readonly name?: string;
  readonly run?: string;
  readonly state?: PackageAnswer['state'];
  /** Result of the latest validation. */
  readonly validation?: 'passed' | 'failed';
  readonly limit?: number;
  readonly after?: string;
}

export interface FileUpload {
  readonly packageId: string;
  readonly path: string;
  readonly source: ByteSource;
  readonly mediaType: string;
  /** Hexadecimal; sent as `Repr-Digest`, so that the server refuses other bytes. */
  readonly sha256?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface FileDownload {
  readonly packageId: string;
  readonly path: string;
  /** A member of the archive at `path`, instead of the whole file. */
  readonly member?: string;
  readonly to: string;
  /** Hexadecimal; without it the server's `Repr-Digest` is taken. */
  readonly sha256?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export type PackageSummary = PackageListAnswer['packages'][number];

/**
 * The archive over HTTP. Answers are parsed by the contract's schemas. Calls are retried on broken connections and on 429/502/503/504;
 * POSTs carry an Idempotency-Key (given or random), so a retry never does a thing twice. Errors: `ApiError`, `ConnectionError`,
 * `DigestMismatch`, `UnexpectedAnswer`.
 */
export class MunimentClient {
  private readonly transport: Transport;
  private readonly calls: JsonCalls;
  readonly retention: RetentionClient;
  readonly log: LogClient;
  readonly collections: CollectionClient;
  readonly evidence: EvidenceClient;

  constructor(options: ClientOptions) {
    const fetchLike: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
    this.transport = new Transport(options.url, options.token, fetchLike, options.retry ?? defaultRetryPolicy);
    this.calls = new JsonCalls(this.transport);
    this.retention = new RetentionClient(this.calls);
    this.log = new LogClient(this.transport);
    this.collections = new CollectionClient(this.calls);
    this.evidence = new EvidenceClient(this.calls, this.transport);
  }

  /** Where the archive tells of a package. */
  addressOf(packageId: string): string {
    return `${this.transport.base}${packageTarget(packageId)}`;
  }

  /** Opens a package. The same key with the same body gives the same package, whoever asks and however often. */
  async createPackage(body: CreatePackageBody, idempotencyKey: string = randomUUID()): Promise<PackageAnswer> {
    const answer = await this.calls.post('/packages', body, idempotencyKey);
    return parsed(packagesHttp.packageAnswer, answer);
  }

  async package(packageId: string): Promise<PackageAnswer> {
    return parsed(packagesHttp.packageAnswer, await this.calls.get(packageTarget(packageId)));
  }

  /** One page, newest first. */
  async packagePage(query: PackageQuery = {}): Promise<PackageListAnswer> {
    return parsed(packagesHttp.packageListAnswer, await this.calls.get(`/packages${queryOf({ ...query })}`));
  }

  /** Every package that fits, newest first, page by page as they are consumed. */
  async *packages(query: PackageQuery = {}): AsyncGenerator<PackageSummary> {
    for (let after = query.after; ; ) {
      const page = await this.packagePage({ ...query, ...(after === undefined ? {} : { after }) });
      yield* page.packages;
      if (page.next === null) return;
      after = page.next;
    }
  }

  /** One streaming PUT. The same bytes again are no error. */
  async putFile(upload: FileUpload): Promise<ReceivedAnswer> {
    const { source, sha256, signal } = upload;
    const answer = await this.transport.json({
      method: 'PUT',
      target: fileTarget(upload.packageId, upload.path),
      headers: {
        'content-type': upload.mediaType,
        'content-length': String(source.size),
        ...(sha256 === undefined ? {} : { 'repr-digest': reprDigestOf(sha256) }),
      },
      body: () => bodyOf(source, 0, source.size, upload.onProgress),
      ...(signal === undefined ? {} : { signal }),
    });
    return parsed(packagesHttp.receivedAnswer, answer);
  }

  /** Resumable upload (tus). See {@link uploadResumable} for what the answer means. */
  async uploadResumable(upload: Omit<TusUpload, 'idempotencyKey'> & { readonly idempotencyKey?: string }): Promise<boolean> {
    return uploadResumable(this.transport, { idempotencyKey: randomUUID(), ...upload });
  }

  /** Gives an upload up; the server forgets its bytes. */
  async abortUpload(address: string): Promise<void> {
    const answer = await this.transport.send({ method: 'DELETE', target: address, headers: { 'tus-resumable': '1.0.0' } });
    await answer.arrayBuffer();
  }

  /** Begins an upload whose parts go straight to the object store. */
  async beginDirectUpload(packageId: string, body: DirectUploadBody, idempotencyKey: string = randomUUID()): Promise<DirectUploadAnswer> {
    const answer = await this.calls.post(`${packageTarget(packageId)}/uploads/direct`, body, idempotencyKey);
    return parsed(packagesHttp.directUploadAnswer, answer);
  }

  async completeDirectUpload(
    uploadId: string,
    body: CompleteDirectUploadBody,
    idempotencyKey: string = randomUUID(),
  ): Promise<ReceivedAnswer> {
    const answer = await this.calls.post(`/uploads/${encodeURIComponent(uploadId)}/complete`, body, idempotencyKey);
    return parsed(packagesHttp.receivedAnswer, answer);
  }

  /** Begin, send every part to the store, complete. Null when the archive already holds the content. */
  async uploadDirect(upload: DirectUpload): Promise<ReceivedAnswer | null> {
    return uploadDirect(this, this.transport.retry, upload);
  }

  /** Says that the package is complete. Waits up to `waitSeconds` for the manifest; look at `state` whether it is there. */
  async finalize(packageId: string, waitSeconds = 0, idempotencyKey: string = randomUUID()): Promise<PackageAnswer> {
    const prefer: Record<string, string> = waitSeconds > 0 ? { prefer: `wait=${Math.floor(waitSeconds)}` } : {};
    const answer = await this.calls.post(`${packageTarget(packageId)}/finalize`, undefined, idempotencyKey, prefer);
    return parsed(packagesHttp.packageAnswer, answer);
  }

  /** The manifest as canonical CBOR: the bytes whose SHA-256 is the manifest digest. */
  async manifestCbor(packageId: string): Promise<Uint8Array> {
    const headers = { accept: 'application/cbor' };
    return this.transport.bytes({ method: 'GET', target: `${packageTarget(packageId)}/manifest`, headers });
  }

  /** The manifest's JSON face (RFC 8785), byte for byte. */
  async manifestJson(packageId: string): Promise<Uint8Array> {
    const headers = { accept: 'application/json' };
    return this.transport.bytes({ method: 'GET', target: `${packageTarget(packageId)}/manifest`, headers });
  }

  /** Streams a file, or one member of an archive, to disk; only verified bytes get the final name. */
  async downloadFile(download: FileDownload): Promise<Downloaded> {
    const { packageId, path, member, sha256, ...rest } = download;
    const file = fileTarget(packageId, path);
    const target = member === undefined ? file : `${file}/members/${encodePath(member)}`;
    return downloadTo(this.transport, { ...rest, target, sha256: sha256 ?? null });
  }

  /** A file held in memory, unverified: for small texts such as `.meta` records whose digest the caller checks. */
  async fileBytes(packageId: string, path: string): Promise<Uint8Array> {
    const headers = { 'accept-encoding': 'identity' };
    return this.transport.bytes({ method: 'GET', target: fileTarget(packageId, path), headers });
  }

  /** One page of events after a sequence number, oldest first. */
  async eventPage(query: EventQuery = {}): Promise<readonly EventAnswer[]> {
    const { after, limit, type, subject } = query;
    const answer = await this.calls.get(`/events${queryOf({ after, limit, type, subject })}`);
    return listOf(eventsHttp.eventAnswer, answer);
  }

  /** Events in order, page by page; with `follow` it waits for new ones until the signal aborts. */
  events(query: EventQuery = {}): AsyncGenerator<EventAnswer> {
    return followEvents((page) => this.eventPage(page), query);
  }

  async createToken(body: CreateTokenBody, idempotencyKey: string = randomUUID()): Promise<CreatedTokenAnswer> {
    return parsed(tokensHttp.createdTokenAnswer, await this.calls.post('/tokens', body, idempotencyKey));
  }

  async tokens(): Promise<readonly TokenAnswer[]> {
    return listOf(tokensHttp.tokenAnswer, await this.calls.get('/tokens'));
  }

  async revokeToken(tokenId: string): Promise<void> {
    const answer = await this.transport.send({ method: 'DELETE', target: `/tokens/${encodeURIComponent(tokenId)}` });
    await answer.arrayBuffer();
  }

  /** `/healthz` or `/readyz` as the server tells it. An unready server is an `ApiError` with status 503; asked once, not retried. */
  async health(probe: 'healthz' | 'readyz'): Promise<unknown> {
    const answer = await this.transport.send({ method: 'GET', target: `/${probe}`, retry: false });
    const text = await answer.text();
    return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
  }
}

function packageTarget(packageId: string): string {
  return `/packages/${encodeURIComponent(packageId)}`;
}

function fileTarget(packageId: string, path: string): string {
  return `${packageTarget(packageId)}/files/${encodePath(path)}`;
}
