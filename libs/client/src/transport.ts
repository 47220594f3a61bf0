import { problem } from '@muniment/contracts';
import { ApiError, ConnectionError } from './api-error.js';
import { withRetries, type RetryPolicy } from './retry.js';

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** A request body that can be produced again for every try. */
export type BodySource = () => string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL, or a path below the server's base URL (already percent-encoded). */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodySource;
  /** False for requests that must be sent at most once per call (tus PATCH: the offset has to be asked for first). Default true. */
  readonly retry?: boolean;
  readonly signal?: AbortSignal;
}

/** Sends requests with the token, turns error answers into {@link ApiError} and silence into {@link ConnectionError}. */
export class Transport {
  /** Base URL, without a slash at its end. */
  readonly base: string;

  constructor(
    url: string,
    private readonly token: string | null,
    private readonly fetchLike: FetchLike,
    readonly retry: RetryPolicy,
  ) {
    this.base = url.replace(/\/+$/, '');
  }

  /** The answer of a successful request, body unread. Redirects are not followed: the token must not travel to another host. */
  async send(request: ApiRequest): Promise<Response> {
    const once = () => this.sendOnce(request);
    return request.retry === false ? once() : withRetries(this.retry, once, request.signal);
  }

  /** Body of a successful answer as JSON. A body that breaks off is retried like a connection that breaks off. */
  async json(request: ApiRequest): Promise<unknown> {
    const once = async () => {
      const answer = await this.sendOnce(request);
      const text = await this.reading(request, () => answer.text());
      return JSON.parse(text) as unknown;
    };
    return withRetries(this.retry, once, request.signal);
  }

  /** Body of a successful answer as bytes. For small documents only: everything is held in memory. */
  async bytes(request: ApiRequest): Promise<Uint8Array> {
    const once = async () => {
      const answer = await this.sendOnce(request);
      return new Uint8Array(await this.reading(request, () => answer.arrayBuffer()));
    };
    return withRetries(this.retry, once, request.signal);
  }

  /** Absolute URL of a target. An absolute one must be on this server. */
  urlOf(target: string): string {
    if (!/^https?:\/\//.test(target)) return `${this.base}${target}`;
    if (new URL(target).origin === new URL(this.base).origin) return target;
    // Behind a proxy the server may know itself by another name; only the path of what it says is used.
    const { pathname, search } = new URL(target);
    return new URL(pathname + search, this.base).href;
  }

  private async sendOnce(request: ApiRequest): Promise<Response> {
    const url = this.urlOf(request.target);
    const body = request.body?.();
    const headers = { ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }), ...request.headers };
    const answer = await this.reading(request, () =>
      this.fetchLike(url, {
        method: request.method,
        headers,
        redirect: 'manual',
        ...(body === undefined ? {} : { body, duplex: 'half' }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      }),
    );
    if (answer.ok) return answer;
    throw await errorOf(answer, url);
  }

  private async reading<T>(request: ApiRequest, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw new ConnectionError(this.urlOf(request.target), error);
    }
  }
}

/** Members every problem document has (RFC 9457) or that have a field of their own; the others are facts. */
const standardMembers = new Set(['type', 'title', 'status', 'code', 'detail', 'instance']);

async function errorOf(answer: Response, url: string): Promise<ApiError> {
  const retryAfter = Number(answer.headers.get('retry-after') ?? NaN);
  const wait = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter : null;
  const text = await answer.text().catch(() => '');
  const parsed = problem.safeParse(parseOrNull(text));
  if (parsed.success) {
    const { code, detail } = parsed.data;
    const facts = Object.fromEntries(Object.entries(parsed.data).filter(([key]) => !standardMembers.has(key)));
    return new ApiError(answer.status, code, detail, facts, wait);
  }
  return new ApiError(answer.status, `http_${answer.status}`, `${url} answered ${answer.status} ${answer.statusText}`.trim(), {}, wait);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
