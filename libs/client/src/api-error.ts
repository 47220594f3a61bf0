import { refusalCodes, refusalKind, type RefusalCode, type RefusalKind } from '@muniment/domain';

/** The server's answer was an error: its status, the stable `code` of the problem document, its sentence for people and its facts. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    /** A code of the catalogue, or `http_<status>` when something in between (a proxy) answered without a problem document. */
    readonly code: string,
    readonly detail: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
    /** What `Retry-After` asked for, in seconds; `null` when the server did not say. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }

  /** The kind of refusal; `null` when the code is not one of the catalogue this client knows. */
  get kind(): RefusalKind | null {
    const known = refusalCodes.find((code): code is RefusalCode => code === this.code);
    return known === undefined ? null : refusalKind(known);
  }
}

/** No answer came: name resolution, refused connection, broken or timed-out transfer. Trying again may help. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  constructor(
    readonly url: string,
    cause: unknown,
  ) {
    super(`No answer from ${url}: ${reasonOf(cause)}`, { cause });
  }
}

/** The bytes that arrived are not the bytes that were announced. Nothing was kept. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${what}: expected sha256 ${expected}, got ${actual}`);
  }
}

/** The answer was a success but does not have the shape of the contract: client and server do not fit together. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** fetch wraps the interesting error one or two levels deep; the innermost message is the one that helps. Told apart by shape, not class. */
function reasonOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return String(cause);
  if ('cause' in cause && cause.cause !== undefined) return reasonOf(cause.cause);
  if ('errors' in cause && Array.isArray(cause.errors) && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'failed';
  return 'message' in cause && typeof cause.message === 'string' && cause.message !== '' ? cause.message : code;
}
