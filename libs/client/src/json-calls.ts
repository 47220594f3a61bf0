import { UnexpectedAnswer } from './api-error.js';
import type { ApiRequest, Transport } from './transport.js';

/** Calls that send and get small JSON documents. */
export class JsonCalls {
  constructor(private readonly transport: Transport) {}

  get(target: string): Promise<unknown> {
    return this.transport.json({ method: 'GET', target, headers: { accept: 'application/json' } });
  }

  /** The key makes a retry harmless: the server gives the answer of the first time again. */
  post(target: string, body: unknown, idempotencyKey: string, extra: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const request: ApiRequest = { method: 'POST', target, headers: { 'idempotency-key': idempotencyKey, ...extra } };
    if (body === undefined) return this.transport.json(request);
    const text = JSON.stringify(body);
    return this.transport.json({ ...request, headers: { ...request.headers, 'content-type': 'application/json' }, body: () => text });
  }
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { message: string } };
}

/** The answer as its schema reads it; throws {@link UnexpectedAnswer} for anything else. */
export function parsed<T>(schema: Schema<T>, answer: unknown): T {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new UnexpectedAnswer(`The server's answer does not fit this client; use versions that belong together. ${result.error.message}`);
}

export function listOf<T>(schema: Schema<T>, answer: unknown): readonly T[] {
  if (!Array.isArray(answer)) throw new UnexpectedAnswer('The server answered something else where a list belongs.');
  return answer.map((item) => parsed(schema, item));
}
