import type { IncomingMessage } from 'node:http';
import { TUS_RESUMABLE, TUS_VERSION } from '@tus/utils';
import { PushBack, Refusal, type RefusalCode } from '@muniment/domain';
import { currentTraceId, problemOf, type ProblemAnswer } from '@muniment/platform';

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
const partType = 'application/offset+octet-stream';

export interface TusAnswer extends ProblemAnswer {
  readonly status: number;
}

/** An error answer of the library, and the request that it is for. */
export interface LibraryRefusal {
  readonly status: number;
  readonly text: string;
  readonly request: Pick<IncomingMessage, 'method' | 'headers'>;
}

/** The problem for an error answer of the tus server: our own refusal where there was one, else the library's with the status that tus prescribes. */
export function tusProblem(failure: unknown, refusal: LibraryRefusal): TusAnswer {
  const traceId = currentTraceId();
  if (isOurs(failure)) {
    const answer = problemOf(failure, traceId);
    return { ...answer, status: answer.problem.status };
  }
  const status = prescribed(refusal);
  const code = codeOfStatus[status];
  if (code === undefined) {
    const answer = problemOf(failure, traceId);
    return { ...answer, status: answer.problem.status };
  }
  const answer = problemOf(new Refusal(code, refusal.text.trim() || 'The upload request cannot be understood.'), traceId);
  // Who speaks another version must be told which ones are spoken here.
  const headers = status === 412 ? { ...answer.headers, 'Tus-Version': TUS_VERSION.join(',') } : answer.headers;
  return { ...answer, headers, problem: { ...answer.problem, status }, status };
}

/** The library answers 400 (or 403) for every header that it does not take: tus 1.0 wants 412 for another version, 415 for another type of a part. */
function prescribed({ status, request: { method, headers } }: LibraryRefusal): number {
  if (status !== 400 && status !== 403) return status;
  if (headers['tus-resumable'] !== TUS_RESUMABLE) return 412;
  return method === 'PATCH' && headers['content-type'] !== partType ? 415 : status;
}

function isOurs(failure: unknown): boolean {
  return failure instanceof Refusal || failure instanceof PushBack || (failure instanceof Error && !('status_code' in failure));
}
