import type { JobQueue } from '@muniment/application';
import type { JobRequest } from '@muniment/contracts';

/** A queue that keeps jobs by id and runs none: specs look at what waits and run it themselves. */
export class RecordingQueue implements JobQueue {
  readonly waiting = new Map<string, JobRequest>();
  /** Set to make the next calls of enqueue fail, as an unreachable backend does. */
  broken: Error | null = null;
  private memory = 1;

  enqueue(jobs: readonly JobRequest[]): Promise<void> {
    if (this.broken) return Promise.reject(this.broken);
    for (const job of jobs) if (!this.waiting.has(job.id)) this.waiting.set(job.id, job);
    return Promise.resolve();
  }

  generation(): Promise<string> {
    return Promise.resolve(`memory-${this.memory}`);
  }

  /** Takes the jobs that wait, oldest first. */
  take(): readonly JobRequest[] {
    const jobs = [...this.waiting.values()];
    this.waiting.clear();
    return jobs;
  }

  /** Loses everything, as a wiped Redis does. */
  wipe(): void {
    this.waiting.clear();
    this.memory++;
  }

  counts(): Promise<readonly { readonly lane: string; readonly state: string; readonly count: number }[]> {
    const lanes = [...new Set([...this.waiting.values()].map(({ job }) => job.lane))];
    const inLane = (lane: string): number => [...this.waiting.values()].filter(({ job }) => job.lane === lane).length;
    return Promise.resolve(lanes.map((lane) => ({ lane, state: 'waiting', count: inLane(lane) })));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
