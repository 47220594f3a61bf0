import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobQueue, JobScheduler } from '@muniment/application';
import type { JobDeclaration } from '@muniment/contracts';
import { z } from 'zod';
import { eventually } from '../eventually.js';
import { type SuiteAttempt, type SuiteHandler, add, countOf, weigh } from './job-queue.suite.js';

const ring: JobDeclaration = {
  name: 'suite-ring',
  lane: 'schedule',
  description: 'A tick',
  payload: z.strictObject({}),
  jobId: () => 'suite-ring',
  attempts: 1,
  backoffMs: 10,
};

export interface DurableQueueUnderTest {
  readonly queue: JobQueue & JobScheduler;
  /** Another producer on the same backend, as another process would have one. */
  another(): Promise<JobQueue & JobScheduler>;
  /** A worker in this process, with a lock of one second. */
  work(
    handlers: readonly (readonly [JobDeclaration, SuiteHandler])[],
    ended: (attempt: SuiteAttempt) => void,
    drainMs?: number,
  ): Promise<{ stop(): Promise<void> }>;
  /** A worker in a process of its own, with a lock of one second, whose handler of `weigh` never ends. Resolves when it has begun. */
  stuckProcess(): Promise<{ killHard(): Promise<void> }>;
  dispose(): Promise<void>;
}

/** Processes start and locks run out: far more than Jest's five seconds on a busy machine. */
const testMs = 60_000;

/** What a queue must do across processes and their deaths. Each test gets an empty queue. */
export function durableJobQueueSuite(name: string, open: () => Promise<DurableQueueUnderTest>): void {
  describe(`${name} across processes`, () => {
    let subject: DurableQueueUnderTest;
    let queue: JobQueue & JobScheduler;
    let ended: SuiteAttempt[];
    const tell = (attempt: SuiteAttempt) => void ended.push(attempt);

    beforeEach(async () => {
      ended = [];
      subject = await open();
      queue = subject.queue;
    });
    afterEach(() => subject.dispose());

    it(
      'gives the job of a worker killed with SIGKILL to another worker, as the same attempt',
      async () => {
        await queue.enqueue([add('a')]);
        const stuck = await subject.stuckProcess();
        await stuck.killHard();
        expect(await countOf(queue, 'active')).toBe(1);
        await subject.work([[weigh, () => undefined]], tell);
        await eventually('the job to be done', () => Promise.resolve(ended.length > 0));
        expect(ended).toEqual([expect.objectContaining({ jobId: 'suite-weigh.a', attempt: 1, outcome: 'completed' })]);
      },
      testMs,
    );

    it(
      'keeps the job of a worker that is alive longer than its lock',
      async () => {
        let runs = 0;
        await subject.work(
          [
            [
              weigh,
              () =>
                new Promise((resolve) => {
                  runs += 1;
                  setTimeout(resolve, 2500);
                }),
            ],
          ],
          tell,
        );
        await subject.work(
          [
            [
              weigh,
              () => {
                runs += 1;
              },
            ],
          ],
          tell,
        );
        await queue.enqueue([add('a')]);
        await eventually('the job to be done', () => Promise.resolve(ended.length > 0));
        expect(runs).toBe(1);
      },
      testMs,
    );

    it(
      'waits on stop for the running job, tells it, and takes no other',
      async () => {
        const order: string[] = [];
        const handler: SuiteHandler = async (_payload, context) => {
          order.push(`begin ${context.jobId}`);
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
          await queue.enqueue([add('later')]);
          await new Promise((resolve) => setTimeout(resolve, 200));
          order.push(`end ${context.jobId}`);
        };
        const worker = await subject.work([[weigh, handler]], tell);
        await queue.enqueue([add('a')]);
        await eventually('the job to begin', () => Promise.resolve(order.length > 0));
        await worker.stop();
        order.push('stopped');
        expect(order).toEqual(['begin suite-weigh.a', 'end suite-weigh.a', 'stopped']);
        expect(ended.map((attempt) => attempt.outcome)).toEqual(['completed']);
        expect([await countOf(queue, 'active'), await countOf(queue, 'waiting')]).toEqual([0, 1]);
      },
      testMs,
    );

    it(
      'stops after the drain time though a job is still running, and another worker does that job',
      async () => {
        let begun = false;
        const stuck = await subject.work(
          [
            [
              weigh,
              () => {
                begun = true;
                return new Promise(() => undefined);
              },
            ],
          ],
          tell,
          100,
        );
        await queue.enqueue([add('a')]);
        await eventually('the job to begin', () => Promise.resolve(begun));
        await stuck.stop();
        await subject.work([[weigh, () => undefined]], tell);
        await eventually('the job to be done', () => Promise.resolve(ended.length > 0));
        expect(ended.map((attempt) => attempt.outcome)).toEqual(['completed']);
      },
      testMs,
    );

    it(
      'adds one tick per interval however many processes ask for it',
      async () => {
        const everyMs = 300;
        const ticks: number[] = [];
        await subject.work(
          [
            [
              ring,
              (payload) => {
                expect(payload).toEqual({});
                ticks.push(performance.now());
              },
            ],
          ],
          tell,
        );
        const others = [await subject.another(), await subject.another()];
        await Promise.all([queue, ...others].map((producer) => producer.schedule(ring, everyMs)));
        await eventually('five ticks', () => Promise.resolve(ticks.length >= 5));
        // The first tick comes at once; a late one may be followed by a punctual one.
        const [first = 0, last = 0] = [ticks[0], ticks.at(-1)];
        expect(ticks.length).toBeLessThanOrEqual((last - first) / everyMs + 2);
        expect(ended.every((attempt) => attempt.outcome === 'completed')).toBe(true);
      },
      testMs,
    );

    it(
      'shows every producer the same generation',
      async () => {
        const other = await subject.another();
        const [mine, theirs] = await Promise.all([queue.generation(), other.generation()]);
        expect(theirs).toBe(mine);
      },
      testMs,
    );

    it(
      'adds a job once when many producers add it at once',
      async () => {
        const producers = [queue, await subject.another(), await subject.another()];
        await Promise.all(producers.flatMap((producer) => [producer.enqueue([add('a')]), producer.enqueue([add('a'), add('b')])]));
        expect(await countOf(queue, 'waiting')).toBe(2);
      },
      testMs,
    );
  });
}
