import { describe, expect, it } from '@jest/globals';
import { finalizePackage, requestJob } from '@muniment/contracts';
import { jobQueueSuite } from '@muniment/testing';
import { createInProcessQueue } from './in-process-queue.js';
import type { JobHandler } from './run-attempt.js';

jobQueueSuite('the in-process queue', () => {
  const handlers: Record<string, JobHandler> = {};
  let tell: (attempt: { jobId: string; attempt: number; outcome: string }) => void = () => undefined;
  const queue = createInProcessQueue(handlers, { attemptEnded: (attempt) => tell(attempt) });
  return Promise.resolve({
    queue,
    work: async (brought, ended) => {
      tell = ended;
      for (const [job, handler] of brought) handlers[job.name] = handler;
      await queue.settle();
    },
    failureOf: (_job, id) => Promise.resolve(queue.failureOf(id)?.message ?? null),
    nudge: () => queue.settle(),
    dispose: () => queue.close(),
  });
});

describe('the in-process queue', () => {
  const request = (n: number) => requestJob(finalizePackage, { package_id: `00000000-0000-4000-8000-00000000000${String(n)}` }, null);

  it('has run everything, also what handlers added, when enqueue returns', async () => {
    const order: number[] = [];
    const queue = createInProcessQueue({
      [finalizePackage.name]: async (_payload, context) => {
        const n = Number(context.jobId.at(-1));
        if (n < 3) await queue.enqueue([request(n + 1)]);
        order.push(n);
      },
    });
    await queue.enqueue([request(1)]);
    expect(order).toEqual([1, 2, 3]);
  });

  it('has another generation and no jobs after a wipe', async () => {
    const queue = createInProcessQueue({});
    await queue.enqueue([request(1)]);
    const before = await queue.generation();
    queue.wipe();
    expect(await queue.generation()).not.toBe(before);
    expect((await queue.counts()).every((row) => row.count === 0)).toBe(true);
  });
});
