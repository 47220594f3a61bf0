import type { JobDeclaration } from '@muniment/contracts';
import { PushBack, Refusal, type RefusalCode } from '@muniment/domain';
import { PayloadMalformed } from './job-envelope.js';

/** What the queue must do with a job after an attempt. */
export type Verdict =
  | { readonly outcome: 'completed' }
  /** Done, with a "no" that no retry changes. */
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly error: Error }
  /** Again after `delayMs`; the attempt is not spent. */
  | { readonly outcome: 'pushed_back'; readonly delayMs: number; readonly error: Error }
  | { readonly outcome: 'retrying'; readonly error: Error }
  /** No further try. `final` tells whether the error itself, and not the count of tries, made it so. */
  | { readonly outcome: 'failed'; readonly final: boolean; readonly error: Error };

/**
 * The outcome table: the one place that turns what a handler threw into what happens to its job.
 * @param isLastTry whether the job has no attempt left after this one
 */
export function judgeError(job: JobDeclaration, thrown: unknown, isLastTry: boolean): Verdict {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof Refusal) return { outcome: 'refused', code: error.code, error };
  if (error instanceof PushBack) return { outcome: 'pushed_back', delayMs: Math.max(0, error.retryAfterSeconds * 1000), error };
  const final = error instanceof PayloadMalformed || job.finalErrors?.includes(error.name) === true;
  return final || isLastTry ? { outcome: 'failed', final, error } : { outcome: 'retrying', error };
}
