import type { JobDeclaration } from '@muniment/contracts';
import { z } from 'zod';

/** What lies in the datastore as the data of a job. */
export interface JobEnvelope {
  readonly payload: unknown;
  readonly traceparent: string | null;
}

const envelope = z.object({ payload: z.unknown() });

/** The job's data cannot be understood: no further try can help. */
export class PayloadMalformed extends Error {
  override readonly name = 'PayloadMalformed';
}

/**
 * The payload as its declaration types it.
 * @throws PayloadMalformed naming the places that do not fit, never the values found there
 */
export function openEnvelope(job: JobDeclaration, data: unknown): { readonly payload: unknown } {
  const outer = envelope.safeParse(data);
  if (!outer.success) throw new PayloadMalformed(`data of job "${job.name}" is not an envelope of ours`);
  const inner = job.payload.safeParse(outer.data.payload);
  if (!inner.success) {
    const places = inner.error.issues.map((issue) => `${['payload', ...issue.path.map(String)].join('.')} (${issue.code})`);
    throw new PayloadMalformed(`payload of job "${job.name}" does not fit its declaration: ${places.join(', ')}`);
  }
  return { payload: inner.data };
}
