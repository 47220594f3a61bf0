import { describe, expect, it } from '@jest/globals';
import { LogPump, type EventLog, type Relay, type Sequencer } from '@muniment/application';
import { eventually } from '@muniment/testing';
import { TestArchive } from './archive.js';

/** Longer than any test runs: only what is under test wakes the pump. */
const never = 1_000_000;

/** A sequencer that counts its passes, each of which lasts until it is told to end. */
class SlowSequencer implements Sequencer {
  passes = 0;
  running = 0;
  overlapped = false;
  private end: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  async pass(): Promise<number> {
    this.passes++;
    this.overlapped ||= this.running > 0;
    this.running++;
    await new Promise<void>((resolve) => (this.end = resolve));
    this.running--;
    return 0;
  }

  /** Lets the pass under way end, once there is one. */
  async finish(): Promise<void> {
    await eventually('a pass', () => Promise.resolve(this.end !== null));
    this.end?.();
    this.end = null;
  }

  onAppended(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  appended(): void {
    for (const listener of this.listeners) listener();
  }

  get heard(): number {
    return this.listeners.size;
  }
}

const silentLog = (): Pick<EventLog, 'onSequenced'> & EventLog => new TestArchive().world.log;
const noErrors = (error: unknown): void => {
  throw error;
};

describe('the log pump', () => {
  it('sequences and relays what is appended, without being asked', async () => {
    const archive = new TestArchive();
    const { log, queue } = archive.world;
    const pump = new LogPump(log, log, archive.relay(), noErrors, never);
    pump.start();
    const packageId = await archive.open();
    await archive.put(packageId);
    await eventually('the job', () => Promise.resolve(queue.waiting.size === 1));
    await pump.close();
  });

  it('picks up what a process that died left unsequenced', async () => {
    const archive = new TestArchive();
    await archive.put(await archive.open());
    const { log, queue } = archive.world;
    const pump = new LogPump(log, log, archive.relay(), noErrors, never);
    pump.start();
    await eventually('the job', () => Promise.resolve(queue.waiting.size === 1));
    await pump.close();
  });

  it('never runs two passes at once, and shares one among all appends that came during a pass', async () => {
    const sequencer = new SlowSequencer();
    const pump = new LogPump(silentLog(), sequencer, null, noErrors, never);
    pump.start();
    for (let n = 0; n < 50; n++) sequencer.appended();
    await sequencer.finish();
    await sequencer.finish();
    const closed = pump.close();
    await closed;
    // The second pass can only be for the fifty that came during the first.
    expect([sequencer.passes, sequencer.overlapped]).toEqual([2, false]);
  });

  it.each([
    ['at once while rounds find little', 15, 2],
    ['after a pause when a round found a stream, which the next one then shares', 16, 1],
  ])('goes on %s', async (_, found, passes) => {
    let count = 0;
    const sequencer: Sequencer = { pass: () => Promise.resolve(count++ === 0 ? found : 0), onAppended: () => () => undefined };
    const pump = new LogPump(silentLog(), sequencer, null, noErrors, never, 0, never);
    pump.start();
    await eventually('the passes', () => Promise.resolve(count >= passes));
    // room for one too many
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(count).toBe(passes);
    await pump.close();
  });

  it('survives errors, tells them, and goes on at the next sign', async () => {
    const archive = new TestArchive();
    const { log, queue } = archive.world;
    const errors: unknown[] = [];
    queue.broken = new Error('queue away');
    const pump = new LogPump(log, log, archive.relay(), (error) => errors.push(error), never);
    pump.start();
    await archive.put(await archive.open());
    await eventually('the error', () => Promise.resolve(errors.length > 0));
    queue.broken = null;
    await archive.open();
    await eventually('the job', () => Promise.resolve(queue.waiting.size === 1));
    await pump.close();
    expect(String(errors[0])).toContain('queue away');
  });

  it('tries again by itself after a while, when nothing else wakes it', async () => {
    const archive = new TestArchive();
    const { log, queue } = archive.world;
    await archive.put(await archive.open());
    queue.broken = new Error('queue away');
    const errors: unknown[] = [];
    const pump = new LogPump(log, log, archive.relay(), (error) => errors.push(error), 5);
    pump.start();
    await eventually('three tries', () => Promise.resolve(errors.length >= 3));
    queue.broken = null;
    await eventually('the job', () => Promise.resolve(queue.waiting.size === 1));
    await pump.close();
  });

  it('closes after the pass under way, and hears nothing any more', async () => {
    const sequencer = new SlowSequencer();
    const pump = new LogPump(silentLog(), sequencer, null, noErrors, never);
    pump.start();
    let closed = false;
    const closing = pump.close().then(() => (closed = true));
    await Promise.resolve();
    expect([closed, sequencer.running, sequencer.heard]).toEqual([false, 1, 0]);
    await sequencer.finish();
    await closing;
    sequencer.appended();
    expect(sequencer.passes).toBe(1);
  });

  it('leaves the queue alone in processes that must not touch it', async () => {
    const archive = new TestArchive();
    const { log, queue } = archive.world;
    const relay: Relay | null = null;
    const pump = new LogPump(log, log, relay, noErrors, never);
    pump.start();
    await archive.put(await archive.open());
    await eventually('the sequence', async () => (await log.head()) === 3n);
    await pump.close();
    expect(queue.waiting.size).toBe(0);
  });
});
