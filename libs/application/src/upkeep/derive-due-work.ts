import type { Instant } from '@muniment/domain';
import { jobsOf, reactingTypes } from '../pipeline/reactions.js';
import type { JobQueue } from '../ports/job-queue.js';
import type { DueWork } from '../ports/views.js';

const batch = 500;

/** Adds again, from the log, every job whose work is still due. Jobs that are already there or already done change nothing. */
export class DeriveDueWork {
  constructor(
    private readonly due: DueWork,
    private readonly queue: JobQueue,
  ) {}

  /** Considers events older than `olderThan`; returns how many jobs it added. */
  async execute(olderThan: Instant): Promise<number> {
    let added = 0;
    for (let after = 0n; ; ) {
      const events = await this.due.events(reactingTypes, olderThan, after, batch);
      const last = events.at(-1);
      if (!last) return added;
      const jobs = events.flatMap(jobsOf);
      await this.queue.enqueue(jobs);
      added += jobs.length;
      after = last.sequence;
    }
  }
}
