import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventLog, Locks, ObjectStore, WideLog } from '@muniment/application';
import { checkLog, rebuildViews } from '@muniment/postgres';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { CollectionWorld, day } from './world.js';

let server: RunningPostgres;
let world: CollectionWorld;
beforeAll(async () => {
  server = await startPostgres();
  world = new CollectionWorld(server.serviceUrl);
}, 120_000);
afterAll(async () => {
  await world.close();
  await server.stop();
}, 60_000);

class Killed extends Error {}

/** A process that is killed at its n-th change of the outside world: before it, or after it without learning that it was made. */
class Mortal {
  private changes = 0;
  private dead = false;

  constructor(
    private readonly fatal: number,
    private readonly when: 'before' | 'after',
  ) {}

  get survived(): boolean {
    return !this.dead;
  }

  async change<T>(act: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Killed();
    const last = ++this.changes === this.fatal;
    if (last) this.dead = true;
    if (last && this.when === 'before') throw new Killed();
    const result = await act();
    if (last) throw new Killed();
    return result;
  }

  log(inner: EventLog): EventLog {
    return Object.assign(Object.create(inner) as EventLog, {
      append: (append: Parameters<EventLog['append']>[0]) => this.change(() => inner.append(append)),
    });
  }

  wideLog(inner: WideLog): WideLog {
    return { appendToMany: (append) => this.change(() => inner.appendToMany(append)) };
  }

  /** Taking locks changes nothing, but the dead take none. */
  locks(inner: Locks): Locks {
    return Object.assign(Object.create(inner) as Locks, {
      tryHoldAll: async <T>(names: readonly string[], work: (held: ReadonlySet<string>) => Promise<T>): Promise<T> => {
        if (this.dead) throw new Killed();
        return inner.tryHoldAll(names, work);
      },
    });
  }

  store(inner: ObjectStore): ObjectStore {
    return Object.assign(Object.create(inner) as ObjectStore, {
      removeBlobs: (sha256s: Parameters<ObjectStore['removeBlobs']>[0]) => this.change(() => inner.removeBlobs(sha256s)),
    });
  }
}

/** Two packages for the trash, three to purge that share contents, one of which a live package keeps. Returns those to purge. */
async function garbage(run: string): Promise<{ readonly purge: readonly string[]; readonly live: string }> {
  const purge = [
    await world.package({ files: { 'a.bin': `a ${run}`, 'shared.bin': `shared ${run}`, 'kept.bin': `kept ${run}` } }),
    await world.package({ files: { 'b.bin': `b ${run}`, 'shared.bin': `shared ${run}` } }),
    await world.package({ files: { 'c.bin': `c ${run}`, 'c.bin.meta': `meta ${run}` } }),
  ];
  const live = await world.package({ files: { 'kept.bin': `kept ${run}` } });
  world.later(40 * day);
  for (const id of purge) await world.mark(id);
  world.later(day);
  await world.collect();
  const trash = [await world.package({ files: { 't.bin': `t1 ${run}` } }), await world.package({ files: { 't.bin': `t2 ${run}` } })];
  world.later(40 * day);
  for (const id of trash) await world.mark(id);
  world.later(day);
  return { purge, live };
}

describe('an executor that is killed', () => {
  it.each(['before', 'after'] as const)(
    '%s any of its changes is continued: every place is given up once, no byte is left, none missing',
    async (when) => {
      for (let fatal = 1, survived = false; !survived; fatal++) {
        const run = `${when} ${fatal}`;
        const { purge } = await garbage(run);
        const id = await world.start(await world.planner.execute());
        const mortal = new Mortal(fatal, when);
        const doomed = world.executor({
          log: mortal.log(world.postgres.log),
          wideLog: mortal.wideLog(world.postgres.wideLog),
          store: mortal.store(world.store),
          locks: mortal.locks(world.postgres.locks),
        });
        // A dead process waits for nothing: what it would have tried again fails at once.
        await doomed.execute(id, null).catch(() => undefined);
        survived = mortal.survived;
        world.later(60);
        const { result } = await world.executor().execute(id, null);
        expect([run, result]).toMatchObject([run, { trashed: 2, purged: 3, skipped: 0, locations_deleted: 6 }]);
        const deletions = (await Promise.all(purge.map((one) => world.deletions(one)))).flat();
        expect(deletions.map(({ path }) => path).sort()).toEqual(['a.bin', 'b.bin', 'c.bin', 'kept.bin', 'shared.bin', 'shared.bin']);
        expect(
          deletions
            .filter(({ removed }) => removed)
            .map(({ path }) => path)
            .sort(),
        ).toEqual(['a.bin', 'b.bin', 'c.bin', 'shared.bin']);
        for (const gone of ['a', 'b', 'c', 'shared']) expect([gone, await world.has(`${gone} ${run}`)]).toEqual([gone, false]);
        for (const kept of ['kept', 'meta', 't1', 't2']) expect([kept, await world.has(`${kept} ${run}`)]).toEqual([kept, true]);
        expect(await world.postgres.collections.one(id)).toMatchObject({ revision: 2, result: { locations_deleted: 6 } });
        world.later(8 * day);
        await world.collect();
        expect(fatal).toBeLessThan(30);
      }
    },
    240_000,
  );

  it('leaves a whole log whose replay gives the same views', async () => {
    await world.sequence();
    expect((await checkLog(server.ownerUrl)).ok).toBe(true);
    expect((await rebuildViews(server.ownerUrl, { verify: true })).identical).toBe(true);
  });
});
