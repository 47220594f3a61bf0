import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { JobDeclaration } from '@muniment/contracts';
import { type BullmqJobQueue, type QueueConfig, type QueueObserver, createJobQueue, createTransport } from '@muniment/queue';
import type { DurableQueueUnderTest, QueueUnderTest, SuiteAttempt, SuiteHandler } from '@muniment/testing';
import { controllerOf, startNestWorker } from './nest-worker.js';

/** Reads from the datastore, beside our code, why a job failed. */
export type FailureReader = (config: QueueConfig, lane: string, id: string) => Promise<string | null>;

/** A queue on a real backend with workers in real Nest applications; everything it starts ends with `dispose`. */
export class QueueBench implements QueueUnderTest, DurableQueueUnderTest {
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(
    readonly config: QueueConfig,
    readonly queue: BullmqJobQueue,
    private readonly readFailure: FailureReader,
    /** Backend errors seen by any part; a test may look at them. */
    readonly errors: Error[],
  ) {}

  /** @param config of an empty backend */
  static async open(config: QueueConfig, readFailure: FailureReader): Promise<QueueBench> {
    const errors: Error[] = [];
    const queue = await createJobQueue(config, { backendError: (error) => errors.push(error) });
    const bench = new QueueBench(config, queue, readFailure, errors);
    bench.closers.push(() => queue.close());
    return bench;
  }

  async another(): Promise<BullmqJobQueue> {
    const queue = await createJobQueue(this.config);
    this.closers.push(() => queue.close());
    return queue;
  }

  async work(
    handlers: readonly (readonly [JobDeclaration, SuiteHandler])[],
    ended: (attempt: SuiteAttempt) => void,
    drainMs = 10_000,
    more: QueueObserver = {},
  ): Promise<{ stop(): Promise<void> }> {
    const jobs = handlers.map(([job]) => job);
    const lanes = [...new Set(jobs.map((job) => job.lane))];
    const observer = { backendError: (error: Error) => void this.errors.push(error), ...more, attemptEnded: ended };
    const transport = createTransport(this.config, lanes, { jobs, drainMs, observer });
    const app = await startNestWorker(transport, [controllerOf(handlers)]);
    this.closers.push(() => app.close());
    return { stop: () => app.close() };
  }

  async stuckProcess(): Promise<{ killHard(): Promise<void> }> {
    const argument = JSON.stringify({ config: this.config, lane: 'pipeline', name: 'suite-weigh' });
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'stuck-worker.mjs'), argument]);
    const killHard = () => killed(child);
    this.closers.push(killHard);
    await begun(child);
    return { killHard };
  }

  failureOf(job: JobDeclaration, id: string): Promise<string | null> {
    return this.readFailure(this.config, job.lane, id);
  }

  async dispose(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
  }
}

function begun(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('begun\n')) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the worker process ended with ${String(code)}: ${output}`)));
  });
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
