import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createJobQueue } from './create-job-queue.js';
import { queueConfig } from './queue-config.js';

const parse = (env: Record<string, string>) => z.object(queueConfig).parse(env);

describe('the configuration of the queue', () => {
  it('has defaults for all but the address', () => {
    expect(parse({})).toEqual({ MUNIMENT_QUEUE_BACKEND: 'redis', MUNIMENT_QUEUE_PREFIX: 'muniment', MUNIMENT_JOB_LOCK_MS: 30_000 });
  });

  it.each([
    { MUNIMENT_REDIS_URL: 'http://127.0.0.1' },
    { MUNIMENT_QUEUE_BACKEND: 'kafka' },
    { MUNIMENT_QUEUE_PREFIX: 'a:b' },
    { MUNIMENT_JOB_LOCK_MS: '10' },
  ])('refuses %j', (env) => {
    expect(() => parse(env)).toThrow();
  });

  it.each(['redis', 'postgres'])('needs the address of the backend %s', async (backend) => {
    await expect(createJobQueue(parse({ MUNIMENT_QUEUE_BACKEND: backend }))).rejects.toThrow(/must be set/);
  });
});
