import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, ConnectionError } from './api-error.js';

/** How often and how patiently a call is tried again. Times in milliseconds. */
export interface RetryPolicy {
  /** All tries, the first included. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 6, firstDelayMs: 250, maxDelayMs: 15_000 };

/** 409 here means "the first try of this very request is still running": wait for it. */
const stillRunning = 'idempotency_in_progress';
const transientStatus = new Set([429, 502, 503, 504]);

/** True for errors after which the same idempotent request may well succeed. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  return error instanceof ApiError && (transientStatus.has(error.status) || error.code === stillRunning);
}

/** Milliseconds to wait before try number `attempt` + 1: what the server asked for, else doubling with up to 25 % of jitter. */
export function delayAfter(attempt: number, error: unknown, policy: RetryPolicy): number {
  if (error instanceof ApiError && error.retryAfterSeconds !== null) {
    return Math.min(error.retryAfterSeconds * 1000, 60_000);
  }
  const doubled = Math.min(policy.firstDelayMs * 2 ** (attempt - 1), policy.maxDelayMs);
  return Math.round(doubled * (1 + Math.random() / 4));
}

/** Runs `call` until it succeeds, fails finally, or the policy's attempts are used up (the last error is thrown). */
export async function withRetries<T>(policy: RetryPolicy, call: (attempt: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(attempt);
    } catch (error) {
      if (!isTransient(error) || attempt >= policy.attempts) throw error;
      await sleep(delayAfter(attempt, error, policy), undefined, signal === undefined ? {} : { signal });
    }
  }
}
