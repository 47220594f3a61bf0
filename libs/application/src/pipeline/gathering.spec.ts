import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Gathering } from './gathering.js';

const never = 1_000_000;

/** A group that gathers: who comes, and whether it has gone. */
class Group {
  private waiting = 0;
  private readonly gathering: Gathering;
  gone = 0;

  constructor(gatherMs: number) {
    this.gathering = new Gathering(() => this.waiting, gatherMs);
  }

  come(): void {
    this.waiting++;
    this.gathering.joined();
  }

  async go(): Promise<number> {
    await this.gathering.complete();
    this.gone = this.waiting;
    this.waiting = 0;
    this.gathering.went(this.gone);
    return this.gone;
  }
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await endOfTurn();
}

describe('a group that gathers', () => {
  it('takes along who comes one turn of the event loop after the other', async () => {
    const group = new Group(never);
    group.come();
    const went = group.go();
    for (let n = 0; n < 4; n++) {
      group.come();
      await endOfTurn();
    }
    expect(await went).toBe(5);
  });

  it('of one does not wait for anybody', async () => {
    const group = new Group(never);
    for (let n = 0; n < 3; n++) {
      group.come();
      expect(await group.go()).toBe(1);
    }
  });

  it('waits until it is as large as the last one', async () => {
    const group = new Group(never);
    for (let n = 0; n < 3; n++) group.come();
    await group.go();
    group.come();
    const went = group.go();
    await turns(5);
    group.come();
    await turns(5);
    expect(group.gone).toBe(3);
    group.come();
    group.come();
    expect(await went).toBe(4);
  });

  it('waits for eight at most, however large the last one was', async () => {
    const group = new Group(never);
    for (let n = 0; n < 20; n++) group.come();
    expect(await group.go()).toBe(20);
    for (let n = 0; n < 8; n++) group.come();
    expect(await group.go()).toBe(8);
  });

  it('waits no longer than a moment, and the next one then expects no more than came', async () => {
    const group = new Group(100);
    for (let n = 0; n < 3; n++) group.come();
    await group.go();
    group.come();
    expect(await group.go()).toBe(1);
    group.gone = 0;
    group.come();
    const went = group.go();
    await turns(3);
    expect(group.gone).toBe(1);
    await went;
  });
});
