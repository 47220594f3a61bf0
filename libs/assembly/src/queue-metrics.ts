import { jobs, lanes } from '@muniment/contracts';
import { metrics, type ServiceHost } from '@muniment/platform';
import type { QueueObserver } from '@muniment/queue';

const queue = Object.keys(lanes);
const jobName = jobs.map((declaration) => declaration.name);
const outcome = ['completed', 'refused', 'pushed_back', 'retrying', 'failed'];

const processed = metrics.counter('muniment_jobs_processed_total', {
  description: 'Attempts that ended, by outcome',
  labels: { queue, job_name: jobName, outcome },
});
const duration = metrics.histogram('muniment_job_duration_seconds', {
  description: 'How long attempts ran',
  labels: { queue, job_name: jobName, outcome },
  buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1800],
});
const stalled = metrics.counter('muniment_job_stalled_total', { description: 'Jobs whose worker was gone', labels: { queue } });
const exhausted = metrics.counter('muniment_jobs_exhausted_total', {
  description: 'Jobs that failed their last try or lost too many workers; the next tick that finds their work due starts them again',
  labels: { queue, job_name: jobName },
});
const lockLost = metrics.counter('muniment_job_lock_lost_total', { description: 'Jobs whose lock this worker lost', labels: { queue } });

/** What the queue tells, as metrics; failures and retries also as logs. A job without a further try is an error that somebody should see. */
export function queueObserver(host: ServiceHost): QueueObserver {
  return {
    attemptEnded: ({ lane, job: name, jobId, attempt, outcome: ended, seconds, error }) => {
      const labels = { queue: lane, job_name: name, outcome: ended };
      processed.add(1, labels);
      duration.record(seconds, labels);
      const facts = { job: name, jobId, attempt, outcome: ended, err: error };
      if (ended === 'retrying') host.logger.warn(facts, 'job attempt failed');
      if (ended !== 'failed') return;
      exhausted.add(1, { queue: lane, job_name: name });
      host.logger.error(facts, 'job failed its last try');
    },
    stalled: (lane, jobId) => {
      stalled.add(1, { queue: lane });
      host.logger.warn({ lane, jobId }, 'the worker of a job is gone; it waits again');
    },
    abandoned: (lane, name, jobId, reason) => {
      exhausted.add(1, { queue: lane, job_name: name });
      host.logger.error({ job: name, jobId, reason }, 'job lost too many workers and was given up');
    },
    locksLost: (lane, jobIds) => lockLost.add(jobIds.length, { queue: lane }),
    backendError: (error) => host.logger.warn({ err: error }, 'queue backend: trying again'),
  };
}
