import type { JobDeclaration } from '@muniment/contracts';

/** Failed jobs kept for people to look at. The bound keeps a broken dependency from filling the datastore. */
const failedKept = 10_000;

/**
 * BullMQ options that follow from a declaration. Completed jobs leave at once, so that their deterministic id is free again;
 * failed ones stay and are started again by the next enqueue.
 */
export function jobOptions(job: Pick<JobDeclaration, 'attempts' | 'backoffMs'>) {
  return {
    attempts: job.attempts,
    backoff: { type: 'exponential', delay: job.backoffMs },
    removeOnComplete: true,
    removeOnFail: { count: failedKept },
    stackTraceLimit: 3,
  };
}
