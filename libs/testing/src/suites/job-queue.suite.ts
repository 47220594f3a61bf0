import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobQueue } from '@muniment/application';
import { type JobDeclaration, type JobRequest, requestJob } from '@muniment/contracts';
import { PushBack, Refusal } from '@muniment/domain';
import { Subject, throwError } from 'rxjs';
import { z } from 'zod';
import { eventually } from '../eventually.js';

const parcel = z.strictObject({ parcel: z.string(), grams: z.number().int().default(1) });

/** Jobs of the suite: they do nothing by themselves, each test brings the handlers. */
export const weigh: JobDeclaration = {
  name: 'suite-weigh',
  lane: 'pipeline',
  description: 'Tried three times',
  payload: parcel,
  jobId: (payload) => `suite-weigh.${parcel.parse(payload).parcel}`,
  attempts: 3,
  backoffMs: 10,
  finalErrors: ['ScaleBroken'],
};

const stamp: JobDeclaration = {
  ...weigh,
  name: 'suite-stamp',
  lane: 'hashing',
  jobId: (payload) => `suite-stamp.${parcel.parse(payload).parcel}`,
};

/** What a handler is told beside its payload. */
export interface SuiteContext {
  readonly jobId: string;
  readonly attempt: number;
  readonly traceparent: string | null;
  readonly signal: AbortSignal;
}
export type SuiteHandler = (payload: unknown, context: SuiteContext) => unknown;

export interface SuiteAttempt {
  readonly jobId: string;
  readonly attempt: number;
  readonly outcome: string;
  readonly error?: Error;
}

export interface QueueUnderTest {
  readonly queue: JobQueue;
  /** Starts a worker for the lanes of these jobs; it must tell each ended attempt. */
  work(handlers: readonly (readonly [JobDeclaration, SuiteHandler])[], ended: (attempt: SuiteAttempt) => void): Promise<unknown>;
  /** Why the job failed for good; null when it is not among the failed ones. */
  failureOf(job: JobDeclaration, id: string): Promise<string | null>;
  /** For queues without a clock of their own: lets pushed-back jobs run. */
  readonly nudge?: () => Promise<void>;
  /** Stops all workers, closes the queue, frees what the test used. */
  dispose(): Promise<void>;
}

export function add(name: string, traceparent: string | null = null): JobRequest {
  return requestJob(weigh, { parcel: name, grams: 1 }, traceparent);
}

export async function countOf(queue: JobQueue, state: string, lane = 'pipeline'): Promise<number> {
  const counts = await queue.counts();
  return counts.filter((row) => row.state === state && row.lane === lane).reduce((sum, row) => sum + row.count, 0);
}

/** What every job queue must do, whatever it is made of. Each test gets an empty queue. */
export function jobQueueSuite(name: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${name} as a job queue`, () => {
    let subject: QueueUnderTest;
    let queue: JobQueue;
    let ended: SuiteAttempt[];
    const work = (handler: SuiteHandler) => subject.work([[weigh, handler]], (attempt) => ended.push(attempt));
    const outcomes = () => ended.map((attempt) => attempt.outcome);
    const untilEnded = (count: number) =>
      eventually(`${String(count)} ended attempts`, async () => {
        await subject.nudge?.();
        return ended.length >= count;
      });
    const untilIdle = () =>
      eventually('an idle queue', async () => {
        const counts = await queue.counts();
        return counts.every((row) => row.state === 'failed' || row.count === 0);
      });

    beforeEach(async () => {
      ended = [];
      subject = await open();
      queue = subject.queue;
    });
    afterEach(() => subject.dispose());

    it('runs a job with its id and with the payload as the declaration parses it', async () => {
      const seen: unknown[] = [];
      await work((payload, context) => void seen.push([payload, context.jobId, context.attempt]));
      await queue.enqueue([{ ...add('a'), payload: { parcel: 'a' } }]);
      await untilEnded(1);
      expect(seen).toEqual([[{ parcel: 'a', grams: 1 }, 'suite-weigh.a', 1]]);
    });

    it('adds jobs of several lanes in one call', async () => {
      const seen: string[] = [];
      const handle: SuiteHandler = (_payload, context) => void seen.push(context.jobId);
      await subject.work(
        [
          [weigh, handle],
          [stamp, handle],
        ],
        (attempt) => ended.push(attempt),
      );
      await queue.enqueue([add('a'), requestJob(stamp, { parcel: 'b', grams: 1 }, null), add('c')]);
      await untilEnded(3);
      expect(seen.sort()).toEqual(['suite-stamp.b', 'suite-weigh.a', 'suite-weigh.c']);
    });

    it('adds nothing when there is nothing to add', async () => {
      await queue.enqueue([]);
      expect((await queue.counts()).every((row) => row.count === 0)).toBe(true);
    });

    it('keeps one job per id while it waits', async () => {
      await queue.enqueue([add('a'), add('a')]);
      await queue.enqueue([add('a'), add('b')]);
      expect(await countOf(queue, 'waiting')).toBe(2);
      await work(() => undefined);
      await queue.enqueue([add('c')]);
      await untilEnded(3);
      await untilIdle();
      expect(ended.map((attempt) => attempt.jobId).sort()).toEqual(['suite-weigh.a', 'suite-weigh.b', 'suite-weigh.c']);
    });

    it('leaves a running job alone when its id is added again', async () => {
      let runs = 0;
      await work(async () => {
        runs += 1;
        await queue.enqueue([add('a')]);
      });
      await queue.enqueue([add('a')]);
      await untilEnded(1);
      await untilIdle();
      expect(runs).toBe(1);
    });

    it('runs an id again that is added after its completion', async () => {
      await work(() => undefined);
      await queue.enqueue([add('a')]);
      await untilEnded(1);
      await untilIdle();
      await queue.enqueue([add('a')]);
      await untilEnded(2);
      expect(outcomes()).toEqual(['completed', 'completed']);
    });

    it('tries again after an error, as often as declared, then keeps the job as failed with the message of the handler', async () => {
      await work((_payload, { attempt }) => {
        throw new Error(`scale is jammed, try ${String(attempt)}`);
      });
      await queue.enqueue([add('a')]);
      await untilEnded(3);
      await eventually('the failed job', async () => (await countOf(queue, 'failed')) === 1);
      expect(outcomes()).toEqual(['retrying', 'retrying', 'failed']);
      expect(await subject.failureOf(weigh, 'suite-weigh.a')).toBe('scale is jammed, try 3');
    });

    it('starts a failed job again, with all its tries, when its id is added again', async () => {
      let jammed = true;
      await work(() => {
        if (jammed) throw new Error('scale is jammed');
      });
      await queue.enqueue([add('a'), add('b')]);
      await untilEnded(6);
      await eventually('two failed jobs', async () => (await countOf(queue, 'failed')) === 2);
      jammed = false;
      await queue.enqueue([add('a'), add('c')]);
      await untilEnded(8);
      await untilIdle();
      expect(
        ended
          .slice(6)
          .map((attempt) => [attempt.jobId, attempt.attempt, attempt.outcome])
          .sort(),
      ).toEqual([
        ['suite-weigh.a', 1, 'completed'],
        ['suite-weigh.c', 1, 'completed'],
      ]);
      expect(await countOf(queue, 'failed')).toBe(1);
    });

    it('completes a refused job without trying again', async () => {
      await work(() => {
        throw new Refusal('digest_mismatch', 'the stored bytes are not the declared ones');
      });
      await queue.enqueue([add('a')]);
      await untilEnded(1);
      await untilIdle();
      expect(outcomes()).toEqual(['refused']);
      expect(ended[0]?.error).toBeInstanceOf(Refusal);
      expect(await countOf(queue, 'failed')).toBe(0);
    });

    it('fails at once on an error that the declaration calls final', async () => {
      await work(() => {
        throw Object.assign(new Error('no scale is left'), { name: 'ScaleBroken' });
      });
      await queue.enqueue([add('a')]);
      await eventually('the failed job', async () => (await countOf(queue, 'failed')) === 1);
      expect(outcomes()).toEqual(['failed']);
      expect(await subject.failureOf(weigh, 'suite-weigh.a')).toBe('no scale is left');
    });

    it('fails a job at once whose payload does not parse, without showing it to the handler or repeating what it holds', async () => {
      const seen: unknown[] = [];
      await work((payload) => void seen.push(payload));
      await queue.enqueue([{ ...add('a'), payload: { parcel: 'a', grams: 'a lot' } }]);
      await eventually('the failed job', async () => (await countOf(queue, 'failed')) === 1);
      expect(outcomes()).toEqual(['failed']);
      expect(seen).toEqual([]);
      const reason = await subject.failureOf(weigh, 'suite-weigh.a');
      expect(reason).toContain('payload.grams');
      expect(reason).not.toContain('a lot');
    });

    it('spends no try on a push-back', async () => {
      let pushes = 2;
      await work(() => {
        if (pushes-- > 0) throw new PushBack('the scale is busy', 0.02);
        throw new Error('scale is jammed');
      });
      await queue.enqueue([add('a')]);
      await untilEnded(5);
      await eventually('the failed job', async () => (await countOf(queue, 'failed')) === 1);
      expect(ended.map((attempt) => [attempt.outcome, attempt.attempt])).toEqual([
        ['pushed_back', 1],
        ['pushed_back', 1],
        ['retrying', 1],
        ['retrying', 2],
        ['failed', 3],
      ]);
    });

    it('ends a job only when the observable of its handler has ended', async () => {
      const steps = new Subject<string>();
      await work(() => steps);
      const added = queue.enqueue([add('a')]);
      await eventually('the handler to be watched', () => Promise.resolve(steps.observed));
      steps.next('half');
      expect(await countOf(queue, 'active')).toBe(1);
      expect(ended).toEqual([]);
      steps.complete();
      await added;
      await untilEnded(1);
      await untilIdle();
      expect(outcomes()).toEqual(['completed']);
    });

    it('fails a job whose observable fails after the handler returned', async () => {
      await work(() => throwError(() => Object.assign(new Error('the belt tore'), { name: 'ScaleBroken' })));
      await queue.enqueue([add('a')]);
      await eventually('the failed job', async () => (await countOf(queue, 'failed')) === 1);
      expect(await subject.failureOf(weigh, 'suite-weigh.a')).toBe('the belt tore');
    });

    it('accepts an observable that ends without a value', async () => {
      await work(() => {
        const nothing = new Subject<void>();
        nothing.complete();
        return nothing;
      });
      await queue.enqueue([add('a')]);
      await untilEnded(1);
      expect(outcomes()).toEqual(['completed']);
    });

    it('hands the trace context of the job to its handler', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const seen: (string | null)[] = [];
      await work((_payload, context) => void seen.push(context.traceparent));
      await queue.enqueue([add('a', traceparent), add('b')]);
      await untilEnded(2);
      expect(seen.map((value) => value?.slice(0, 35) ?? null).sort()).toEqual([traceparent.slice(0, 35), null].sort());
    });

    it('keeps its generation as long as it keeps its jobs', async () => {
      const first = await queue.generation();
      await queue.enqueue([add('a')]);
      expect(await queue.generation()).toBe(first);
      expect(first).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
}
