import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type JobDeclaration, requestJob } from '@muniment/contracts';
import { Refusal } from '@muniment/domain';
import { type BullmqJobQueue, type EndedAttempt, HandleJob, type QueueConfig, createJobQueue, createTransport } from '@muniment/queue';
import { eventually } from '@muniment/testing';
import { throwError } from 'rxjs';
import { z } from 'zod';
import { type RunningRedis, startRedis } from '../stack/redis.js';
import { type Handler, type NestWorkerOptions, controllerOf, startNestWorker } from './nest-worker.js';

/** Facts about Nest that the queue depends on; a version of Nest that changes them must fail here, not in production. */
describe('the job transport inside a hybrid Nest application', () => {
  const seal: JobDeclaration = {
    name: 'seal',
    lane: 'pipeline',
    description: 'Seals',
    payload: z.object({ id: z.string() }),
    jobId: () => 'seal.1',
    attempts: 1,
    backoffMs: 1,
  };
  const engrave: JobDeclaration = { ...seal, name: 'engrave' };
  let server: RunningRedis;
  let queue: BullmqJobQueue;
  let config: QueueConfig;
  let ended: EndedAttempt[];
  let closers: (() => Promise<unknown>)[];

  beforeAll(async () => {
    server = await startRedis();
  }, 120_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    ended = [];
    config = {
      MUNIMENT_QUEUE_BACKEND: 'redis',
      MUNIMENT_REDIS_URL: server.url,
      MUNIMENT_QUEUE_PREFIX: `t-${randomUUID()}`,
      MUNIMENT_JOB_LOCK_MS: 1000,
    };
    queue = await createJobQueue(config);
    closers = [() => queue.close()];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
  });

  function transportFor(jobs: readonly JobDeclaration[]) {
    return createTransport(config, ['pipeline'], { jobs, observer: { attemptEnded: (attempt) => void ended.push(attempt) } });
  }

  async function errorSeenBy(options: NestWorkerOptions, handler: Handler): Promise<unknown> {
    const app = await startNestWorker(transportFor([seal]), [controllerOf([[seal, handler]])], options);
    closers.push(() => app.close());
    await queue.enqueue([requestJob(seal, { id: 'a' }, null)]);
    await eventually('the attempt to end', () => Promise.resolve(ended.length > 0));
    return ended[0]?.error;
  }

  const refusal = new Refusal('package_empty', 'no file');

  it('gets the very error that a handler threw', async () => {
    const thrown = await errorSeenBy({}, () => {
      throw refusal;
    });
    expect(thrown).toBe(refusal);
    expect(ended[0]?.outcome).toBe('refused');
  });

  it('gets the very error that an observable of a handler failed with', async () => {
    expect(await errorSeenBy({}, () => throwError(() => refusal))).toBe(refusal);
  });

  it.each([
    ['the filter is not installed', { errorFilter: false }],
    ['the application does not share its configuration with the transport', { inheritAppConfig: false }],
  ])('would lose the error when %s', async (_what, options) => {
    const thrown = await errorSeenBy(options, () => {
      throw refusal;
    });
    expect(thrown).not.toBe(refusal);
    expect(ended[0]?.outcome).toBe('failed');
  });

  it('calls a handler written with the decorator, payload first', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Sealing {
      @HandleJob(seal)
      seal(@Payload() payload: unknown): void {
        seen.push(payload);
      }
    }
    const app = await startNestWorker(transportFor([seal]), [Sealing]);
    closers.push(() => app.close());
    await queue.enqueue([requestJob(seal, { id: 'a' }, null)]);
    await eventually('the attempt to end', () => Promise.resolve(ended.length > 0));
    expect(seen).toEqual([{ id: 'a' }]);
  });

  it.each<[string, JobDeclaration[], JobDeclaration[][], RegExp]>([
    ['a handler is missing', [seal, engrave], [[seal]], /no handler for job "engrave"/],
    ['two controllers handle the same job', [seal], [[seal], [seal]], /two handlers for job "seal"/],
    ['a handler fits no declaration', [seal], [[seal, engrave]], /handler for "engrave", which no declaration knows/],
  ])('does not start when %s', async (_what, declared, handled, message) => {
    const controllers = handled.map((jobs) => controllerOf(jobs.map((job) => [job, () => undefined] as const)));
    await expect(startNestWorker(transportFor(declared), controllers)).rejects.toThrow(message);
  });
});
