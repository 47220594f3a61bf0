import type { LaneWorkerOptions } from './queue-backend.js';

/** Workers are killed and their jobs taken over as a normal event: only a job that kills its worker each time may fail by it. */
const takeOversPerJob = 10;

/** Options of every BullMQ worker, on every backend. */
export function workerOptions(options: LaneWorkerOptions) {
  return {
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: Math.ceil(options.lockMs / 2),
    maxStalledCount: takeOversPerJob,
  };
}
