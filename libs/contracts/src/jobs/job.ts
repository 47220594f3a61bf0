import type { z } from 'zod';
import type { LaneName } from './lanes.js';

/** One declaration per job: everything else (names, types, metrics labels, documentation) derives from it. */
export interface JobDeclaration<Name extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly name: Name;
  readonly lane: LaneName;
  readonly description: string;
  /** Ids and digests only, never user text, never a secret. */
  readonly payload: Schema;
  /** Deterministic: the same work has the same id. No ":" and not only digits (BullMQ refuses both). */
  readonly jobId: (payload: z.output<Schema>) => string;
  /** Tries before the job counts as failed; due work is derived again later even then. */
  readonly attempts: number;
  /** First wait between tries in milliseconds; doubles with each try. */
  readonly backoffMs: number;
  /** Names (`error.name`) of errors that no further try can heal: the job fails at once. Refusals need not be named. */
  readonly finalErrors?: readonly string[];
}

export function declareJob<Name extends string, Schema extends z.ZodType>(job: JobDeclaration<Name, Schema>): JobDeclaration<Name, Schema> {
  return job;
}

/** A job to add: made only by {@link requestJob}, so that payload and id always fit the declaration. */
export interface JobRequest {
  readonly job: JobDeclaration;
  readonly id: string;
  readonly payload: unknown;
  /** W3C trace context to continue. */
  readonly traceparent: string | null;
}

export function requestJob<Name extends string, Schema extends z.ZodType>(
  job: JobDeclaration<Name, Schema>,
  payload: z.output<Schema>,
  traceparent: string | null,
): JobRequest {
  return { job, id: job.jobId(payload), payload, traceparent };
}
