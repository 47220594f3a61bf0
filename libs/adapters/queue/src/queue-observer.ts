import type { LaneName } from '@muniment/contracts';

/** How one attempt ended. `retrying` and `failed` were errors; `failed` was the last try. */
export type AttemptOutcome = 'completed' | 'refused' | 'pushed_back' | 'retrying' | 'failed';

export interface EndedAttempt {
  readonly lane: LaneName;
  readonly job: string;
  readonly jobId: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly seconds: number;
  /** What was thrown, for every outcome but `completed`. */
  readonly error?: Error;
}

/** What metrics and logs may want to hear. Called synchronously; must not throw. */
export interface QueueObserver {
  attemptEnded?(attempt: EndedAttempt): void;
  /** Jobs whose worker was gone went back to waiting. Told by whichever worker noticed. */
  stalled?(lane: LaneName, jobId: string): void;
  /** A job that lost too many workers was given up without another try: most likely it is what kills them. Told by one worker. */
  abandoned?(lane: LaneName, job: string, jobId: string, reason: string): void;
  /** This worker lost its locks on these jobs: another one may run them now. */
  locksLost?(lane: LaneName, jobIds: readonly string[]): void;
  /** The datastore misbehaves. Work goes on when it is back. */
  backendError?(error: Error): void;
}
