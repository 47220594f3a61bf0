import type { JobDeclaration } from '@muniment/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import { inAttemptSpan } from './attempt-span.js';
import { JobContext } from './job-context.js';
import { openEnvelope } from './job-envelope.js';
import { type Verdict, judgeError } from './judge-attempt.js';
import type { EndedAttempt } from './queue-observer.js';

/** A handler as a queue calls it: returns a value, a promise, an observable, or a promise of an observable (Nest's habit). */
export type JobHandler = (payload: unknown, context: JobContext) => unknown;

export interface Attempt {
  readonly job: JobDeclaration;
  readonly jobId: string;
  /** The job's data as it lay in the datastore. */
  readonly data: unknown;
  /** 1 for the first try. */
  readonly number: number;
  readonly isLastTry: boolean;
  readonly signal: AbortSignal;
}

export interface JudgedAttempt {
  readonly verdict: Verdict;
  readonly ended: EndedAttempt;
}

/** One attempt from parsing to verdict, the same on every queue. Never throws. */
export async function runAttempt(attempt: Attempt, handler: JobHandler): Promise<JudgedAttempt> {
  const { job, jobId, number } = attempt;
  const started = performance.now();
  const carried = carriedTraceparent(attempt.data);
  const verdict = await inAttemptSpan({ lane: job.lane, job: job.name, jobId, attempt: number, traceparent: carried }, (traceparent) =>
    judge(attempt, handler, traceparent),
  );
  const seconds = (performance.now() - started) / 1000;
  const facts = { lane: job.lane, job: job.name, jobId, attempt: number, outcome: verdict.outcome, seconds };
  return { verdict, ended: 'error' in verdict ? { ...facts, error: verdict.error } : facts };
}

async function judge(attempt: Attempt, handler: JobHandler, traceparent: string | null): Promise<Verdict> {
  try {
    const { payload } = openEnvelope(attempt.job, attempt.data);
    const { jobId, number, isLastTry, signal } = attempt;
    const context = new JobContext({ jobId, attempt: number, isLastTry, traceparent, signal });
    await ended(await handler(payload, context));
    return { outcome: 'completed' };
  } catch (error) {
    return judgeError(attempt.job, error, attempt.isLastTry);
  }
}

/** Nest answers a failing handler with an observable that fails only when subscribed to: a result is done when its stream has ended. */
async function ended(result: unknown): Promise<void> {
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}

/** Read before the data is parsed, so that the span of a malformed job belongs to its trace, too. */
function carriedTraceparent(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('traceparent' in data)) return null;
  return typeof data.traceparent === 'string' ? data.traceparent : null;
}
