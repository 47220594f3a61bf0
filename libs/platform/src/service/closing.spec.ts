import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../logging/logger.js';
import { Closing } from './closing.js';
import { Intake } from './intake.js';

const silent = createLogger('test', 'fatal', { write: () => undefined });

describe('Closing', () => {
  it('closes in reverse order, one after the other, whatever the others do', async () => {
    const closed: string[] = [];
    const closing = new Closing(silent);
    closing.add('first', 'a', (value) => closed.push(value));
    closing.add('second', 'b', () => {
      throw new Error('broken');
    });
    closing.add('third', 'c', async (value) => {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push(value);
    });
    expect(await closing.closeAll()).toBe(false);
    expect(closed).toEqual(['c', 'a']);
    expect(await closing.closeAll()).toBe(true);
    expect(closed).toEqual(['c', 'a']);
  });
});

describe('Intake', () => {
  it('waits for running work', async () => {
    const intake = new Intake(silent);
    let done = false;
    intake.add('jobs', async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done = true;
    });
    await intake.stop(60_000);
    expect(done).toBe(true);
  });

  it('gives up at the deadline and says so to who may not wait longer', async () => {
    const intake = new Intake(silent);
    let cut = false;
    intake.add('endless', (deadline) => {
      deadline.addEventListener('abort', () => (cut = true));
      return new Promise(() => undefined);
    });
    await intake.stop(10);
    expect(cut).toBe(true);
  });
});
