import { HttpException } from '@nestjs/common';
import { statusOfKind, type Problem } from '@muniment/contracts';
import { PushBack, Refusal } from '@muniment/domain';
import { ZodError } from 'zod';

/** Codes that only the edge gives; all others are the domain's catalogue. */
export type EdgeCode = 'internal_error' | 'overloaded';

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** False: our fault, to be logged with everything we know. */
  readonly expected: boolean;
}

/** RFC 9457 answer for whatever was thrown. Texts of errors that are not ours never leave the process. */
export function problemOf(error: unknown, traceId: string | null): ProblemAnswer {
  const answer = translate(error);
  return { ...answer, problem: { ...answer.problem, ...(traceId === null ? {} : { trace_id: traceId }) } };
}

function translate(error: unknown): ProblemAnswer {
  if (error instanceof Refusal) return refused(error);
  if (error instanceof PushBack) {
    const wait = Math.max(1, Math.ceil(error.retryAfterSeconds));
    return answer('overloaded', 503, error.message, {}, { 'Retry-After': String(wait) });
  }
  if (error instanceof ZodError) {
    const errors = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
    const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
    return answer('request_malformed', 400, detail, { errors });
  }
  const status = clientStatus(error);
  if (status === 404) return answer('route_not_found', 404, 'There is nothing at this address; /docs lists what there is.');
  if (status !== null) return answer('request_malformed', status, 'The request cannot be understood.');
  const detail = 'Something failed on our side. Try again; if it stays, tell the operator the trace_id.';
  return { ...answer('internal_error', 500, detail), expected: false };
}

function refused(refusal: Refusal): ProblemAnswer {
  const size = refusal.facts['size'];
  const headers = {
    ...(refusal.kind === 'unauthenticated'
      ? { 'WWW-Authenticate': ['Bearer realm="muniment"', 'Basic realm="muniment", charset="UTF-8"'] }
      : {}),
    ...(refusal.kind === 'method_not_allowed' && Array.isArray(refusal.facts['allow']) ? { Allow: refusal.facts['allow'].join(', ') } : {}),
    ...(refusal.kind === 'unsatisfiable' && typeof size === 'number' ? { 'Content-Range': `bytes */${String(size)}` } : {}),
  };
  return answer(refusal.code, statusOfKind[refusal.kind], refusal.message, refusal.facts, headers);
}

function answer(
  code: Refusal['code'] | EdgeCode,
  status: number,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
  headers: ProblemAnswer['headers'] = {},
): ProblemAnswer {
  const words = code.replaceAll('_', ' ');
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return { problem: { ...facts, type: `urn:muniment:problem:${code}`, title, status, code, detail }, headers, expected: true };
}

/** Nest's and express' own 4xx errors (no such route, malformed escape in the path). */
function clientStatus(error: unknown): number | null {
  const status: unknown =
    error instanceof HttpException ? error.getStatus() : error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
