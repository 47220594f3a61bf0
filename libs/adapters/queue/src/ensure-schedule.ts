import type { TickDeclaration } from '@muniment/application';
import { jobOptions } from './job-options.js';
import type { LaneQueue } from './queue-backend.js';

/**
 * Makes sure that the schedule stands, and touches nothing when it does: on Postgres an upsert that meets a tick being taken adds
 * a tick too many, so it must be rare and never run beside another one. A schedule whose next tick is long overdue is set again,
 * which brings back a lost tick and changes nothing when merely no worker was there.
 */
export async function ensureSchedule(queue: LaneQueue, job: TickDeclaration, everyMs: number): Promise<void> {
  const known = await queue.getJobScheduler(job.name);
  const overdue = Date.now() - (known?.next ?? 0) > 2 * everyMs;
  if (known?.every === everyMs && known.template?.opts?.attempts === job.attempts && !overdue) return;
  const template = { name: job.name, data: { payload: {}, traceparent: null }, opts: jobOptions(job) };
  await queue.upsertJobScheduler(job.name, { every: everyMs }, template);
}
