import { PushBack, Refusal, type RefusalCode } from '@muniment/domain';
import { currentTraceparent, problemOf, type ProblemAnswer } from '@muniment/platform';

/** Our code for what `@tus/server` refuses by itself, by its status. */
const codeOfStatus: Readonly<Record<number, RefusalCode>> = {
  400: 'request_malformed',
  403: 'request_malformed',
  404: 'upload_not_found',
  409: 'upload_offset_mismatch',
  410: 'upload_expired',
  412: 'request_malformed',
  413: 'body_too_large',
  415: 'request_malformed',
};

export interface TusAnswer extends ProblemAnswer {
  readonly status: number;
}

/** The problem for an error answer of the tus server: our own refusal where there was one, else the library's with its status kept. */
export function tusProblem(failure: unknown, status: number, text: string): TusAnswer {
  const traceId = currentTraceparent()?.slice(3, 35) ?? null;
  if (isOurs(failure)) {
    const answer = problemOf(failure, traceId);
    return { ...answer, status: answer.problem.status };
  }
  const code = codeOfStatus[status];
  const error = code === undefined ? failure : new Refusal(code, text.trim() || 'The upload request cannot be understood.');
  const answer = problemOf(error, traceId);
  return code === undefined ? { ...answer, status: answer.problem.status } : { ...answer, problem: { ...answer.problem, status }, status };
}

function isOurs(failure: unknown): boolean {
  return failure instanceof Refusal || failure instanceof PushBack || (failure instanceof Error && !('status_code' in failure));
}
