import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type JobDeclaration, requestJob } from '@muniment/contracts';
import type { QueueConfig } from '@muniment/queue';
import { countOf, durableJobQueueSuite, eventually, jobQueueSuite, weigh } from '@muniment/testing';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { type RunningRedis, startRedis } from '../stack/redis.js';
import { QueueBench } from './queue-bench.js';

let server: RunningRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
}, 120_000);
afterAll(async () => {
  await redis.quit();
  await server.stop();
});

/** A prefix of its own is an empty queue. */
function emptyQueue(): QueueConfig {
  return {
    MUNIMENT_QUEUE_BACKEND: 'redis',
    MUNIMENT_REDIS_URL: server.url,
    MUNIMENT_QUEUE_PREFIX: `t-${randomUUID()}`,
    MUNIMENT_JOB_LOCK_MS: 3000,
  };
}

function failureIn(config: QueueConfig, lane: string, id: string): Promise<string | null> {
  return redis.hget(`${config.MUNIMENT_QUEUE_PREFIX}:${lane}:${id}`, 'failedReason');
}

const open = () => QueueBench.open(emptyQueue(), failureIn);

jobQueueSuite('Redis', open);
durableJobQueueSuite('Redis', open);

describe('the job queue on Redis', () => {
  const add = (parcel: string) => requestJob(weigh, { parcel, grams: 1 }, null);
  let bench: QueueBench;
  const done: string[] = [];
  beforeEach(async () => {
    done.length = 0;
    bench = await open();
  });
  afterEach(() => bench.dispose());

  it('has another generation after FLUSHALL, and works on, also in the worker that was running a job', async () => {
    let release: () => void = () => undefined;
    let running = false;
    const handler = (_payload: unknown, context: { readonly jobId: string }) => {
      if (context.jobId !== 'suite-weigh.before') return;
      running = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    await bench.work([[weigh, handler]], (attempt) => void done.push(attempt.jobId));
    const before = await bench.queue.generation();
    await bench.queue.enqueue([add('before')]);
    await eventually('the job to begin', () => Promise.resolve(running));
    await redis.flushall();
    expect(await bench.queue.generation()).not.toBe(before);
    release();
    await bench.queue.enqueue([add('after')]);
    await eventually('both jobs to end', () => Promise.resolve(done.length === 2));
    expect(done).toEqual(['suite-weigh.before', 'suite-weigh.after']);
  });

  it('puts schedules back after FLUSHALL', async () => {
    const tick: JobDeclaration = { ...weigh, name: 'suite-tick', lane: 'schedule', payload: z.strictObject({}), attempts: 1 };
    await bench.work([[tick, () => undefined]], (attempt) => void done.push(attempt.jobId));
    await bench.queue.schedule(tick, 200);
    await eventually('a tick', () => Promise.resolve(done.length > 0));
    await redis.flushall();
    const ended = done.length;
    await eventually('ticks after the wipe', () => Promise.resolve(done.length > ended + 2));
  });

  it('drops nothing while Redis is away for a moment', async () => {
    await bench.work([[weigh, () => undefined]], (attempt) => void done.push(attempt.jobId));
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually('the queue to answer again', () =>
      bench.queue.enqueue([add('a')]).then(
        () => true,
        () => false,
      ),
    );
    await eventually('the job to be done', () => Promise.resolve(done.length > 0));
    expect(done).toEqual(['suite-weigh.a']);
  });

  it('warns when Redis may evict jobs', async () => {
    expect(await bench.queue.checkEvictionPolicy()).toBeNull();
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      expect(await bench.queue.checkEvictionPolicy()).toContain('noeviction');
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  it('tells of jobs whose worker was killed', async () => {
    const stalled: string[] = [];
    await bench.queue.enqueue([add('a')]);
    await (await bench.stuckProcess()).killHard();
    await bench.work([[weigh, () => undefined]], () => undefined, 1000, { stalled: (lane, id) => stalled.push(`${lane}/${id}`) });
    await eventually('the job to be noticed', () => Promise.resolve(stalled.length > 0));
    expect(stalled).toEqual(['pipeline/suite-weigh.a']);
    await eventually('an idle queue', async () => (await countOf(bench.queue, 'active')) === 0);
  });

  it('tells of a job that is given up because it lost too many workers', async () => {
    const given: string[] = [];
    await redis.flushall();
    await bench.queue.enqueue([add('a')]);
    await (await bench.stuckProcess()).killHard();
    // As if ten workers had been lost before: BullMQ counts them in the job.
    const [key] = await redis.keys('*:pipeline:suite-weigh.a');
    await redis.hset(key ?? '', 'stc', '10');
    await bench.work([[weigh, () => undefined]], (attempt) => void done.push(attempt.jobId), 1000, {
      abandoned: (lane, name, id, reason) => given.push(`${lane}/${name}/${id}: ${reason}`),
    });
    await eventually('the job to be given up', () => Promise.resolve(given.length > 0));
    expect(given).toEqual([expect.stringMatching(/^pipeline\/suite-weigh\/suite-weigh\.a: .*stalled/)]);
    expect(done).toEqual([]);
    expect(await countOf(bench.queue, 'failed')).toBe(1);
  });

  it('answers with an error, and soon, when there is no Redis', async () => {
    const nowhere = await QueueBench.open({ ...emptyQueue(), MUNIMENT_REDIS_URL: 'redis://127.0.0.1:1' }, failureIn);
    await expect(nowhere.queue.enqueue([add('a')])).rejects.toThrow();
    await expect(nowhere.queue.ping()).rejects.toThrow();
    await nowhere.dispose();
  }, 30_000);
});
