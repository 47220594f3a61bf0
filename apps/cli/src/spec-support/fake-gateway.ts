import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { encodeCbor, encodeJcs, identify, sha256Hex } from '@muniment/formats';
import type { BlobIdentity, Manifest } from '@muniment/domain';

interface HeldFile {
  readonly bytes: Buffer;
  readonly blob: BlobIdentity;
  readonly mediaType: string;
}

interface HeldPackage {
  readonly id: string;
  readonly body: {
    repository: string;
    name: string;
    retention_class: string;
    kind?: string;
    run?: { id: string };
    metadata?: Record<string, string>;
  };
  readonly files: Map<string, HeldFile>;
  finalized: boolean;
  trashed: boolean;
}

const at = '2026-11-21T09:30:00.000Z';

/** The archive's HTTP face in memory, as far as the command line uses it. Told to misbehave by its public fields. */
export class FakeGateway {
  readonly packages: HeldPackage[] = [];
  readonly log: string[] = [];
  /** Bytes of PATCH bodies after which the connection is cut, one entry per PATCH. */
  cuts: number[] = [];
  onCut: () => void = () => undefined;
  /** What answers about packages tell otherwise than their manifests. */
  answerFacts: Readonly<Record<string, string>> = {};
  /** Replaces what a file download sends. */
  tampered: Buffer | null = null;
  /** What `/keys`, `/packages/{id}/attestations`, the log proof and `/log/consistency` answer. */
  keys: readonly object[] = [];
  attestations: readonly { readonly answer: { readonly name: string }; readonly bytes: Uint8Array }[] = [];
  /** What one answer after the other tells of attesting; the last stays. None: an older server. */
  standings: object[] = [];
  logProof: string | null = null;
  consistency: string | null = null;
  private readonly idempotency = new Map<string, string>();
  private readonly uploads = new Map<string, { packageId: string; path: string; type: string; length: number; bytes: Buffer }>();
  private server: Server | null = null;
  url = '';

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.answer(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.url = `http://127.0.0.1:${address.port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const [first = '', id = '', third = '', ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    this.log.push(`${request.method ?? ''} ${decodeURIComponent(url.pathname)}`);
    if (request.headers.authorization !== 'Bearer good') return problem(response, 401, 'unauthenticated', 'Who are you?');
    if (first === 'uploads') return this.upload(request, response, id);
    if (first === 'keys') return json(response, 200, { keys: this.keys });
    if (first === 'log') return this.text(response, id === 'consistency' ? this.consistency : null);
    if (first === 'events') return json(response, 200, this.events(url.searchParams));
    if (first !== 'packages') return problem(response, 404, 'route_not_found', 'no such route');
    if (id === '') return request.method === 'POST' ? this.create(request, response) : this.list(url.searchParams, response);
    const pkg = this.packages.find((p) => p.id === id);
    if (pkg === undefined) return problem(response, 404, 'package_not_found', 'no such package');
    if (third === 'files') return this.file(request, response, pkg, rest.join('/'));
    if (third === 'manifest') return this.manifest(request, response, pkg);
    if (third === 'attestations') return this.evidence(response, rest.join('/'));
    if (third === 'log-proof') return this.text(response, this.logProof);
    if (third === 'finalize') pkg.finalized = true;
    return json(response, 200, { ...answerOf(pkg, this.answerFacts), attestation: this.standing() });
  }

  private standing(): object | undefined {
    return this.standings.length > 1 ? this.standings.shift() : this.standings[0];
  }

  private async create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await bodyOf(request)).toString('utf8')) as HeldPackage['body'];
    const key = String(request.headers['idempotency-key']);
    const known = this.packages.find((p) => p.id === this.idempotency.get(key));
    const id = `00000000-0000-4000-8000-${String(this.packages.length + 1).padStart(12, '0')}`;
    const pkg = known ?? { id, body, files: new Map<string, HeldFile>(), finalized: false, trashed: false };
    if (known === undefined) this.packages.push(pkg);
    this.idempotency.set(key, pkg.id);
    json(response, 201, answerOf(pkg, this.answerFacts));
  }

  private list(query: URLSearchParams, response: ServerResponse): void {
    const fits = this.packages.filter(
      (p) =>
        (query.get('repository') ?? p.body.repository) === p.body.repository &&
        (query.get('name') ?? p.body.name) === p.body.name &&
        (query.get('run') ?? p.body.run?.id) === p.body.run?.id &&
        (query.get('state') ?? stateOf(p)) === stateOf(p),
    );
    json(response, 200, { packages: fits.map((p) => answerOf(p, this.answerFacts)).reverse(), next: null });
  }

  private async file(request: IncomingMessage, response: ServerResponse, pkg: HeldPackage, path: string): Promise<void> {
    if (request.method === 'PUT') {
      const bytes = await bodyOf(request);
      const held = pkg.files.get(path);
      if (held !== undefined && !held.bytes.equals(bytes)) return problem(response, 409, 'path_conflict', 'other bytes are there');
      return json(response, held === undefined ? 201 : 200, this.keep(pkg, path, bytes, String(request.headers['content-type'])));
    }
    const held = pkg.files.get(path);
    if (held === undefined) return problem(response, 404, 'file_not_found', 'no such file');
    const digest = `sha-256=:${Buffer.from(held.blob.sha256, 'hex').toString('base64')}:`;
    response.writeHead(200, { 'repr-digest': digest, etag: `"${held.blob.sha256}"` }).end(this.tampered ?? held.bytes);
  }

  private keep(pkg: HeldPackage, path: string, bytes: Buffer, mediaType: string): object {
    const blob = identify(bytes);
    pkg.files.set(path, { bytes, blob, mediaType });
    return { path, ...blob, state: 'received', deduplicated: false };
  }

  private upload(request: IncomingMessage, response: ServerResponse, id: string): void {
    if (request.method === 'POST') {
      const entries = String(request.headers['upload-metadata'])
        .split(',')
        .map((e) => e.split(' '))
        .map(([k = '', v = '']) => [k, Buffer.from(v, 'base64').toString('utf8')]);
      const metadata = Object.fromEntries(entries) as Record<string, string>;
      const { package_id: packageId = '', path = '', filetype: type = '' } = metadata;
      const made = `up${this.uploads.size + 1}`;
      this.uploads.set(made, { packageId, path, type, length: Number(request.headers['upload-length']), bytes: Buffer.alloc(0) });
      response.writeHead(201, { location: `${this.url}/uploads/${made}` }).end();
      return;
    }
    const upload = this.uploads.get(id);
    if (upload === undefined) return problem(response, 404, 'upload_not_found', 'no such upload');
    const standing = () => ({ 'upload-offset': String(upload.bytes.length), 'upload-length': String(upload.length) });
    if (request.method === 'HEAD') {
      response.writeHead(200, standing()).end();
      return;
    }
    const cut = this.cuts.shift() ?? Number.POSITIVE_INFINITY;
    let taken = 0;
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, cut - taken));
      taken += part.length;
      upload.bytes = Buffer.concat([upload.bytes, part]);
      if (taken < cut) return;
      request.socket.destroy();
      this.onCut();
    });
    request.on('end', () => {
      const pkg = this.packages.find((p) => p.id === upload.packageId);
      const done = upload.bytes.length === upload.length && pkg !== undefined;
      if (done) this.keep(pkg, upload.path, upload.bytes, upload.type);
      response.writeHead(204, { ...standing(), ...(done ? { 'upload-committed': 'received' } : {}) }).end();
    });
  }

  private evidence(response: ServerResponse, name: string): void {
    if (name === '') return json(response, 200, { attestations: this.attestations.map(({ answer }) => answer), summary: this.standing() });
    const held = this.attestations.find(({ answer }) => answer.name === name);
    if (held === undefined) return problem(response, 404, 'attestation_not_found', 'no such attestation');
    response.writeHead(200).end(held.bytes);
  }

  private text(response: ServerResponse, text: string | null): void {
    if (text === null) return problem(response, 404, 'log_checkpoint_not_found', 'nothing is signed');
    response.writeHead(200, { 'content-type': 'text/plain' }).end(text);
  }

  private manifest(request: IncomingMessage, response: ServerResponse, pkg: HeldPackage): void {
    if (!pkg.finalized) return problem(response, 404, 'manifest_not_found', 'not finalized');
    const cbor = request.headers.accept === 'application/cbor';
    const body = cbor ? encodeCbor(manifestOf(pkg)) : encodeJcs(manifestOf(pkg));
    response.writeHead(200, { 'content-type': cbor ? 'application/cbor' : 'application/json' }).end(body);
  }

  private events(query: URLSearchParams): readonly object[] {
    return this.packages.flatMap((pkg, index) => {
      if (!pkg.finalized || query.get('subject') !== pkg.id || Number(query.get('after') ?? 0) > index) return [];
      const common = { time: at, actor: 'token:ci', revision: 9, payload: {}, payload_digest: 'sha256:0' };
      return [{ sequence: index + 1, type: 'v1.package.finalized', subject: { kind: 'package', id: pkg.id }, ...common }];
    });
  }
}

function stateOf(pkg: HeldPackage): string {
  return pkg.finalized ? 'finalized' : 'created';
}

function runOf(pkg: HeldPackage) {
  return pkg.body.run === undefined ? null : { attempt: null, commit: null, ref: null, url: null, ...pkg.body.run };
}

/** The same shape as a manifest of the archive; the branded digests of the domain come from real bytes. */
function manifestOf(pkg: HeldPackage): Manifest {
  const files = [...pkg.files].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.parse(
    JSON.stringify({
      manifest_version: 1,
      media_type: 'application/vnd.muniment.manifest.v1+cbor',
      package: {
        package_id: pkg.id,
        repository: pkg.body.repository,
        name: pkg.body.name,
        kind: pkg.body.kind ?? null,
        version: null,
        producer: 'test',
        subject: null,
        run: runOf(pkg),
        metadata: pkg.body.metadata ?? {},
        created_at: at,
      },
      files: files.map(([path, { blob, mediaType }]) => ({
        path,
        media_type: mediaType,
        digest: `sha256:${blob.sha256}`,
        blake3: blob.blake3,
        size: blob.size,
        annotations: {},
        members: null,
        wheel: null,
      })),
      storage_receipts: [],
      retention_summary: { retention_class: pkg.body.retention_class, expires_at: null },
      provenance: { finalized_at: at, meta_records: files.map(([path]) => path).filter((p) => p.endsWith('.meta')) },
    }),
  ) as Manifest;
}

function answerOf(pkg: HeldPackage, facts: object): object {
  const digest = pkg.finalized ? { manifest_digest: `sha256:${sha256Hex(encodeCbor(manifestOf(pkg)))}` } : {};
  return {
    id: pkg.id,
    state: stateOf(pkg),
    revision: 1,
    repository: pkg.body.repository,
    name: pkg.body.name,
    kind: pkg.body.kind ?? null,
    version: null,
    producer: 'test',
    subject: null,
    run: runOf(pkg),
    metadata: pkg.body.metadata ?? {},
    created_at: at,
    ...facts,
    finalize_requested: pkg.finalized,
    ...digest,
    validation: null,
    retention: {
      retention_class: pkg.body.retention_class,
      current_expires_at: null,
      eligible_for_deletion: false,
      eligible_since: null,
      active_holds: [],
      curated_since: null,
      trash: pkg.trashed ? { since: at, purge_after: at } : null,
      collected_at: null,
      reasons: [],
      next_change_at: null,
    },
    files: [...pkg.files].map(([path, { blob, mediaType }]) => ({
      path,
      state: pkg.finalized ? 'ingested' : 'received',
      ...blob,
      media_type: mediaType,
      origin: 'upload',
    })),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function problem(response: ServerResponse, status: number, code: string, detail: string): void {
  const body = { type: 'about:blank', title: code, status, code, detail };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
}

/** SHA-256 of bytes as hexadecimal, by Node itself rather than by the code under test. */
export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
