import type { IQueueBackend, Job, Processor, Queue } from 'bullmq';
import type { AbandonableWorker } from './abandonable-worker.js';
import type { JobEnvelope } from './job-envelope.js';

export type LaneJob = Job<JobEnvelope, unknown, string>;
export type LaneProcessor = Processor<JobEnvelope, unknown, string>;
export type LaneQueue = Queue<JobEnvelope, unknown, string, JobEnvelope, unknown, string, IQueueBackend, never>;
export type LaneWorker = AbandonableWorker<never>;

export interface LaneWorkerOptions {
  readonly concurrency: number;
  /** Milliseconds a lock lives without renewal. */
  readonly lockMs: number;
}

/**
 * One datastore that BullMQ can keep jobs in, with the connections to it. A producer has one, a transport has one.
 * Queues and workers opened here borrow its connections: close them first, then the backend.
 */
export interface QueueBackend {
  /** Makes the datastore usable (schema). May be called again, by any number of processes at once. */
  prepare(): Promise<void>;
  openQueue(lane: string): LaneQueue;
  /** The worker takes jobs at once. */
  openWorker(lane: string, process: LaneProcessor, options: LaneWorkerOptions): LaneWorker;
  /** Identity of the datastore's memory; made on first call, gone with the data. */
  generation(): Promise<string>;
  /** Runs the work while no other process does so on this datastore, where its operations are not atomic by themselves. */
  alone(work: () => Promise<void>): Promise<void>;
  /** A sentence when the datastore is set up to forget jobs under memory pressure, null when it is not. */
  evictionWarning(): Promise<string | null>;
  /** Fails when the datastore does not answer. */
  ping(): Promise<void>;
  /** `force` drops the connections without waiting for answers. */
  close(force: boolean): Promise<void>;
}
