import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { eventually, openedPackage, receivedFile, someInstant } from '@muniment/testing';
import { AppendGroups } from './append-groups.js';
import { prepareAppend, type PreparedAppend } from './append-statement.js';

const patient = 1_000_000;

function received(id = randomUUID()): PreparedAppend {
  const attribution = { actor: 'a', time: someInstant };
  return prepareAppend({ subject: { kind: 'package', id }, expectedRevision: 2, facts: [receivedFile(randomUUID())], attribution }, '');
}

function opened(): PreparedAppend {
  const id = randomUUID();
  const attribution = { actor: 'a', time: someInstant };
  return prepareAppend({ subject: { kind: 'package', id }, expectedRevision: 0, facts: openedPackage(id), attribution }, '');
}

/** A database whose statements end when told to; of each append it answers which one of its statement it was. */
class Database {
  readonly sent: (readonly PreparedAppend[])[] = [];
  private readonly ends: ((error?: Error) => void)[] = [];

  readonly send = (appends: readonly PreparedAppend[]): Promise<readonly number[]> => {
    this.sent.push(appends);
    const answer = [...appends.keys()];
    return new Promise((resolve, reject) => this.ends.push((error) => (error === undefined ? resolve(answer) : reject(error))));
  };

  /** Ends the oldest statement under way, and lets everybody hear of it. */
  async end(error?: Error): Promise<void> {
    this.ends.shift()?.(error);
    await moment();
  }

  get sizes(): readonly number[] {
    return this.sent.map((appends) => appends.length);
  }
}

/** Long enough for all that has been woken to act. */
async function moment(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve));
}

const conflict = new Error('conflict');
const groupsOn = (database: Database, patienceMs = patient, gatherMs = 1) =>
  new AppendGroups(database.send, (error) => error === conflict, patienceMs, gatherMs);

const committing = (groups: AppendGroups, count: number): Promise<number | null>[] =>
  Array.from({ length: count }, () => groups.commit(received()));

describe('appends of one process', () => {
  it('go together when they come in the same moment, or while a statement is under way', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = committing(groups, 3);
    await moment();
    for (let n = 0; n < 4; n++) {
      all.push(groups.commit(received()));
      await moment();
    }
    expect(database.sizes).toEqual([3]);
    await database.end();
    expect(database.sizes).toEqual([3, 4]);
    await database.end();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 0, 1, 2, 3]);
  });

  it('go beside a statement that is under way when they are plenty', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = [groups.commit(received())];
    await moment();
    for (let n = 0; n < 3; n++) {
      all.push(...committing(groups, 8));
      await moment();
    }
    // Never three: the last eight wait.
    expect(database.sizes).toEqual([1, 8]);
    await database.end();
    expect(database.sizes).toEqual([1, 8, 16]);
    await database.end();
    await database.end();
    await Promise.all(all);
  });

  it('wait for as many as were answered together', async () => {
    const database = new Database();
    const groups = groupsOn(database, patient, patient);
    const all = committing(groups, 4);
    await moment();
    await database.end();
    all.push(...committing(groups, 3));
    await moment();
    expect(database.sizes).toEqual([4]);
    all.push(...committing(groups, 1));
    await moment();
    expect(database.sizes).toEqual([4, 4]);
    await database.end();
    await Promise.all(all);
  });

  it('wait no longer than a moment, and then for as many as came', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = committing(groups, 4);
    await moment();
    await database.end();
    for (let n = 1; n <= 2; n++) {
      all.push(...committing(groups, 1));
      await eventually('a group that nobody joined', () => Promise.resolve(database.sizes.length === 1 + n));
      await database.end();
    }
    expect(database.sizes).toEqual([4, 1, 1]);
    await Promise.all(all);
  });

  it('that are alone wait for nobody', async () => {
    const database = new Database();
    const groups = groupsOn(database, patient, patient);
    const all: Promise<number | null>[] = [];
    for (let n = 1; n <= 3; n++) {
      all.push(...committing(groups, 1));
      await moment();
      expect(database.sizes).toHaveLength(n);
      await database.end();
    }
    await Promise.all(all);
  });

  it('are not answered before their own statement is', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const answered: number[] = [];
    for (const n of [0, 1]) {
      void groups.commit(received()).then(() => answered.push(n));
      await moment();
    }
    expect(answered).toEqual([]);
    await database.end();
    expect(answered).toEqual([0]);
    await database.end();
    expect(answered).toEqual([0, 1]);
  });

  it('are never two of one subject or of two shapes in one statement', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const id = randomUUID();
    const all = [received(), received(id), received(id), opened(), received(), opened()].map((append) => groups.commit(append));
    await moment();
    for (let n = 0; n < 3; n++) await database.end();
    await Promise.all(all);
    expect(database.sizes).toEqual([3, 1, 2]);
    for (const sent of database.sent) {
      expect(new Set(sent.map(({ shape }) => shape)).size).toBe(1);
      expect(new Set(sent.map(({ append }) => append.subject.id)).size).toBe(sent.length);
    }
  });

  it('are at most sixteen at once, in few different numbers', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = committing(groups, 16 + 11 + 4);
    await moment();
    await database.end();
    await database.end();
    await eventually('the rest', () => Promise.resolve(database.sizes.length === 3));
    await database.end();
    expect(database.sizes).toEqual([16, 12, 3]);
    await Promise.all(all);
  });

  it('keep a conflict to the one it belongs to', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = Promise.allSettled(committing(groups, 3));
    await moment();
    await database.end(conflict);
    expect(database.sizes).toEqual([3, 1, 1, 1]);
    await database.end();
    await database.end(conflict);
    await database.end();
    expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('are not sent again when nobody knows whether they were committed', async () => {
    const database = new Database();
    const groups = groupsOn(database);
    const all = Promise.allSettled(committing(groups, 2));
    await moment();
    await database.end(new Error('connection lost'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(database.sizes).toEqual([2]);
  });

  it('do not wait for statements that wait for a lock', async () => {
    const database = new Database();
    const groups = groupsOn(database, 1);
    const all: Promise<number | null>[] = [];
    for (let n = 0; n < 3; n++) {
      all.push(groups.commit(received()));
      await moment();
    }
    // Whoever comes during the patience of the first goes on alone or together.
    const underWay = (): number => database.sizes.reduce((sum, size) => sum + size, 0);
    await eventually('the statements of those behind', () => Promise.resolve(underWay() === 3));
    for (let n = database.sizes.length; n > 0; n--) await database.end();
    await Promise.all(all);
  });
});
