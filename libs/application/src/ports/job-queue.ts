import type { JobRequest } from '@muniment/contracts';

/** Where jobs wait. May lose everything at any time: what is due is derived again from the log. */
export interface JobQueue {
  /** Adds jobs; one that is already waiting or running under the same id is left alone. A failed one with that id is started again. */
  enqueue(jobs: readonly JobRequest[]): Promise<void>;
  /**
   * Identity of this queue's memory. A wiped backend gets a new one, which tells the relay to derive due work again.
   * Created on first call; stable until the backend loses its data.
   */
  generation(): Promise<string>;
  /** Waiting, active, delayed and failed jobs per lane, for metrics and readiness. */
  counts(): Promise<readonly { readonly lane: string; readonly state: string; readonly count: number }[]>;
  close(): Promise<void>;
}
