import type { JobDeclaration } from '@muniment/contracts';

/** A declaration whose payload is empty. */
export type TickDeclaration = Omit<JobDeclaration, 'payload' | 'jobId'>;

/** Adds the same job again and again: the ticks of the services that own time. */
export interface JobScheduler {
  /**
   * One job every `everyMs` milliseconds, the first at once, whatever number of processes ask for it. The payload is empty.
   * May be called again and again; another interval replaces the former one. As long as the asking process lives, it puts the
   * schedule back when the backend lost its memory. Ticks pile up to one: a tick that nobody took is not added twice.
   */
  schedule(job: TickDeclaration, everyMs: number): Promise<void>;
}
