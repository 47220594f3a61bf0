import { randomUUID } from 'node:crypto';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { packagesHttp, type PackageAnswer, type ReceivedAnswer } from '@muniment/contracts';

/** What a server answered, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly json: () => unknown;
  /** `code` of a problem; undefined for anything else. */
  readonly code: string | undefined;
}

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A plain HTTP client of the archive: `fetch` with a token. Parses what it needs by the published schemas, so every use checks the contract. */
export class Caller {
  constructor(
    readonly url: string,
    readonly token: string | null,
  ) {}

  as(token: string | null): Caller {
    return new Caller(this.url, token);
  }

  async send(method: string, path: string, body: Body | null = null, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }), ...headers },
      ...(body === null ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
    return answered(answer.status, answer.headers, Buffer.from(await answer.arrayBuffer()));
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, null, headers);
  }

  post(path: string, body: unknown = null, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const type = body === null ? {} : { 'content-type': 'application/json' };
    return this.send('POST', path, body === null ? null : JSON.stringify(body), { ...type, ...headers });
  }

  put(packageId: string, path: string, bytes: Body, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('PUT', filePath(packageId, path), bytes, headers);
  }

  async createPackage(fields: Readonly<Record<string, unknown>> = {}): Promise<PackageAnswer> {
    return packagesHttp.packageAnswer.parse(expectStatus(await this.post('/packages', { ...packageFields(), ...fields }), 201));
  }

  async putFile(packageId: string, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<ReceivedAnswer> {
    return packagesHttp.receivedAnswer.parse(expectStatus(await this.put(packageId, path, bytes), 201));
  }

  async package(packageId: string): Promise<PackageAnswer> {
    return packagesHttp.packageAnswer.parse(expectStatus(await this.get(`/packages/${packageId}`), 200));
  }

  /** Finalizes and waits for the manifest. */
  async finalize(packageId: string): Promise<PackageAnswer> {
    const answer = await this.post(`/packages/${packageId}/finalize`, null, { prefer: 'wait=60' });
    return packagesHttp.packageAnswer.parse(expectStatus(answer, 200));
  }

  /** A finalized package with these files. */
  async archive(
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    fields: Readonly<Record<string, unknown>> = {},
  ): Promise<PackageAnswer> {
    const { id } = await this.createPackage(fields);
    for (const [path, bytes] of Object.entries(files)) await this.putFile(id, path, bytes);
    return this.finalize(id);
  }
}

/** A body for `POST /packages` that is accepted; every call names another package. */
export function packageFields(): Readonly<Record<string, unknown>> {
  return { repository: 'acme/widgets', name: `pkg-${randomUUID()}`, producer: 'e2e', retention_class: 'transient' };
}

export function filePath(packageId: string, path: string): string {
  return `/packages/${packageId}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function expectStatus(answer: Answer, status: number): unknown {
  if (answer.status === status) return answer.json();
  throw new Error(`expected ${status}, got ${answer.status}: ${answer.bytes.toString('utf8').slice(0, 2_000)}`);
}

function answered(status: number, headers: Headers, bytes: Buffer): Answer {
  const json = (): unknown => JSON.parse(bytes.toString('utf8'));
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') && bytes.length > 0;
  const problem = isProblem ? (json() as { code?: string }) : {};
  return { status, headers, bytes, json, code: problem.code };
}

export interface RawRequest {
  readonly method: string;
  /** Sent exactly as it stands: `fetch` would tidy dots and escapes away. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: readonly Uint8Array[];
  /** Cut the connection after the body instead of ending the request. */
  readonly cut?: boolean;
}

/** Sends a request that `fetch` refuses to send. Null when the connection ended without an answer. */
export function rawRequest(
  { url, token }: Caller,
  { method, path, headers = {}, body = [], cut = false }: RawRequest,
): Promise<Answer | null> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const all = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
    const request = httpRequest({ hostname, port, method, path, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const done = (): void => {
        const named = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]);
        resolve(answered(response.statusCode ?? 0, new Headers(named), Buffer.concat(chunks)));
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', done).once('error', done);
    });
    request.once('error', () => resolve(null));
    for (const chunk of body) request.write(chunk);
    if (!cut) request.end();
    else setTimeout(() => request.destroy(), 200);
  });
}
