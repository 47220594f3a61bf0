import { randomUUID } from 'node:crypto';
import type { JobQueue, JobScheduler, TickDeclaration } from '@muniment/application';
import { type JobRequest, lanes } from '@muniment/contracts';
import { z } from 'zod';
import type { QueueObserver } from './queue-observer.js';
import { type JobHandler, runAttempt } from './run-attempt.js';

type State = 'waiting' | 'active' | 'delayed' | 'failed';
interface Entry {
  readonly request: JobRequest;
  state: State;
  attemptsMade: number;
  error?: Error;
}

/** A queue in memory for tests: same port, same outcome table, no waiting. */
export interface InProcessQueue extends JobQueue, JobScheduler {
  /** Runs what is pushed back or waits for a handler, and one tick of every schedule. */
  settle(): Promise<void>;
  /** Loses everything, as a wiped Redis does. */
  wipe(): void;
  /** Why the job of this id failed; undefined when it did not. */
  failureOf(id: string): Error | undefined;
}

/**
 * Runs jobs within `enqueue`, one after the other, with their retries at once; what is enqueued meanwhile (by a handler, say) runs
 * before the outer `enqueue` returns. Jobs without a handler wait, as they would in a real queue.
 * @param handlers by job name; looked up when a job runs, so that handlers may be added later
 */
export function createInProcessQueue(handlers: Readonly<Record<string, JobHandler>>, observer: QueueObserver = {}): InProcessQueue {
  return new SynchronousQueue(handlers, observer);
}

class SynchronousQueue implements InProcessQueue {
  private readonly entries = new Map<string, Entry>();
  private readonly ticks = new Map<string, JobRequest>();
  private identity = randomUUID();
  private running = false;

  constructor(
    private readonly handlers: Readonly<Record<string, JobHandler>>,
    private readonly observer: QueueObserver,
  ) {}

  async enqueue(jobs: readonly JobRequest[]): Promise<void> {
    for (const request of jobs) {
      const key = keyOf(request);
      const known = this.entries.get(key);
      if (known === undefined || known.state === 'failed') this.entries.set(key, { request, state: 'waiting', attemptsMade: 0 });
    }
    await this.run();
  }

  generation(): Promise<string> {
    return Promise.resolve(this.identity);
  }

  counts() {
    const all = [...this.entries.values()];
    const states: readonly State[] = ['waiting', 'active', 'delayed', 'failed'];
    const counted = Object.values(lanes).flatMap(({ name }) =>
      states.map((state) => ({
        lane: name,
        state,
        count: all.filter((entry) => entry.request.job.lane === name && entry.state === state).length,
      })),
    );
    return Promise.resolve(counted);
  }

  async schedule(job: TickDeclaration): Promise<void> {
    const isNew = !this.ticks.has(job.name);
    this.ticks.set(job.name, tick(job));
    if (isNew) await this.enqueue([tick(job)]);
  }

  async settle(): Promise<void> {
    for (const entry of this.entries.values()) if (entry.state === 'delayed') entry.state = 'waiting';
    await this.enqueue([...this.ticks.values()]);
  }

  wipe(): void {
    this.entries.clear();
    this.ticks.clear();
    this.identity = randomUUID();
  }

  failureOf(id: string): Error | undefined {
    return [...this.entries.values()].find((entry) => entry.request.id === id && entry.state === 'failed')?.error;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A handler that enqueues must not wait for jobs behind its own: the outer loop runs them. */
  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (let next = this.next(); next !== undefined; next = this.next()) await this.attempt(next.entry, next.handler);
    } finally {
      this.running = false;
    }
  }

  private next(): { readonly entry: Entry; readonly handler: JobHandler } | undefined {
    for (const entry of this.entries.values()) {
      const handler = this.handlers[entry.request.job.name];
      if (entry.state === 'waiting' && handler !== undefined) return { entry, handler };
    }
    return undefined;
  }

  private async attempt(entry: Entry, handler: JobHandler): Promise<void> {
    const { job, id, payload, traceparent } = entry.request;
    entry.state = 'active';
    const number = entry.attemptsMade + 1;
    const facts = { job, jobId: id, data: { payload, traceparent }, number, isLastTry: number >= job.attempts };
    const { verdict, ended } = await runAttempt({ ...facts, signal: new AbortController().signal }, handler);
    this.observer.attemptEnded?.(ended);
    switch (verdict.outcome) {
      case 'completed':
      case 'refused':
        // Unless it was wiped and added again meanwhile.
        if (this.entries.get(keyOf(entry.request)) === entry) this.entries.delete(keyOf(entry.request));
        return;
      case 'pushed_back':
        entry.state = 'delayed';
        return;
      case 'retrying':
        entry.attemptsMade = number;
        entry.state = 'waiting';
        return;
      case 'failed':
        entry.error = verdict.error;
        entry.state = 'failed';
        return;
    }
  }
}

function tick(job: TickDeclaration): JobRequest {
  const id = `tick.${job.name}`;
  return { job: { ...job, payload: z.strictObject({}), jobId: () => id }, id, payload: {}, traceparent: null };
}

function keyOf(request: JobRequest): string {
  return `${request.job.lane}/${request.id}`;
}
