import { exitCodeOfKind } from '@muniment/contracts';
import { Refusal } from '@muniment/domain';
import { ApiError, ConnectionError, DigestMismatch, UnexpectedAnswer } from '@muniment/client';

/** Exit codes of this program (docs/cli.md). 3 to 6 keep the meaning they had in the archive's first fetch script. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  nothing_found: 3,
  timeout: 4,
  download_failed: 5,
  no_archive: 6,
  connection: 10,
  digest_mismatch: 11,
  check_failed: 12,
  log_inconsistent: 13,
  server_failed: 14,
  not_checkable: 15,
  interrupted: 130,
} as const;
export type ExitName = keyof typeof exitCodes;

/** The command line's own "no": a stable name, a sentence that says what to do next, facts for machines. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly code: ExitName,
    message: string,
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** What a failed command tells: exit code, stable code, text and facts. */
export interface Failure {
  readonly exit: number;
  readonly code: string;
  readonly detail: string;
  readonly next?: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Maps any error to what the command answers. The only place that decides an exit code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return failure(exitCodes[error.code], error.code, error.message, error.facts);
  if (error instanceof Refusal) return failure(exitCodeOfKind[error.kind], error.code, error.message, error.facts);
  if (error instanceof ApiError) return ofApiError(error);
  if (error instanceof DigestMismatch) {
    const facts = { what: error.what, expected: error.expected, actual: error.actual };
    return {
      ...failure(exitCodes.digest_mismatch, 'digest_mismatch', error.message, facts),
      next: 'Nothing was kept. Do not use other copies of it.',
    };
  }
  if (error instanceof ConnectionError) {
    const next = 'Is the server running? Start one with "npm start", or name another with --url or MUNIMENT_URL.';
    return { ...failure(exitCodes.connection, 'connection', error.message, { url: error.url }), next };
  }
  if (error instanceof UnexpectedAnswer) return failure(exitCodes.server_failed, 'unexpected_answer', error.message, {});
  if (isNamed(error, 'AbortError'))
    return failure(exitCodes.interrupted, 'interrupted', 'Interrupted. The same command continues where it stopped.', {});
  return failure(exitCodes.failed, 'failed', error instanceof Error ? error.message : String(error), {});
}

function failure(exit: number, code: string, detail: string, facts: Readonly<Record<string, unknown>>): Failure {
  return { exit, code, detail, facts };
}

const nextByExit: Readonly<Record<number, string>> = {
  20: 'Give a valid API token with --token or MUNIMENT_TOKEN ("muniment token create" makes one).',
  21: 'Use a token whose verbs and repositories cover this ("muniment token list" shows them).',
  10: 'The server is overloaded or starting. Try again in a moment.',
};

function ofApiError(error: ApiError): Failure {
  const exit = error.kind === null ? exitOfStatus(error.status) : exitCodeOfKind[error.kind];
  const next = nextByExit[exit];
  const facts = { status: error.status, ...error.facts };
  return { ...failure(exit, error.code, error.detail, facts), ...(next === undefined ? {} : { next }) };
}

/** For codes of a newer server, and for proxies that answer on their own. */
function exitOfStatus(status: number): number {
  if (status === 401) return exitCodeOfKind.unauthenticated;
  if (status === 403) return exitCodeOfKind.forbidden;
  if (status === 404) return exitCodeOfKind.not_found;
  if (status === 409 || status === 410) return exitCodeOfKind.conflict;
  if (status === 422 || status === 460) return exitCodeOfKind.unprocessable;
  if ([429, 502, 503, 504].includes(status)) return exitCodes.connection;
  return status >= 400 && status < 500 ? exitCodeOfKind.invalid : exitCodes.server_failed;
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}
