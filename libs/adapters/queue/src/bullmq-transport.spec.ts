import { describe, expect, it } from '@jest/globals';
import type { JobDeclaration } from '@muniment/contracts';
import { BullmqTransport } from './bullmq-transport.js';

const job = (name: string, lane: JobDeclaration['lane']) => ({ name, lane }) as unknown as JobDeclaration;
const jobs = [job('hash', 'hashing'), job('seal', 'pipeline'), job('announce', 'pipeline')];

/** What listen() reports for a service of the lane "pipeline" that brings these handlers. */
async function start(handlers: readonly string[]): Promise<unknown> {
  const opened = () => {
    throw new Error('connected');
  };
  const transport = new BullmqTransport(opened, { lanes: ['pipeline'], lockMs: 1000, jobs });
  for (const name of handlers) transport.addHandler(name, () => Promise.resolve(), true);
  return new Promise((resolve) => void transport.listen(resolve));
}

describe('the start of the job transport', () => {
  it('connects when every declared job of its lanes has one handler', async () => {
    expect(await start(['seal', 'announce'])).toEqual(new Error('connected'));
  });

  it.each([
    ['a missing handler', ['seal'], 'no handler for job "announce"'],
    ['a duplicate handler', ['seal', 'announce', 'seal'], 'two handlers for job "seal"'],
    ['a handler that no declaration knows', ['seal', 'announce', 'seall'], 'handler for "seall", which no declaration knows'],
    ['a handler of another lane', ['seal', 'announce', 'hash'], 'handler for job "hash" of lane "hashing"'],
  ])('is refused on %s', async (_what, handlers, message) => {
    expect(await start(handlers)).toEqual(expect.objectContaining({ message: expect.stringContaining(message) as unknown }));
  });

  it('lists all problems at once', async () => {
    const error = await start(['announce', 'announce', 'hash']);
    expect(String(error)).toMatch(/no handler for job "seal".*two handlers for job "announce".*lane "hashing"/);
  });
});
