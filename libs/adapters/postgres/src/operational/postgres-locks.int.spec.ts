import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RevisionConflict, type Held } from '@muniment/application';
import { instantOf, type FinalizeRequested } from '@muniment/domain';
import type { Postgres } from '../postgres.js';
import { append, newPackage, openPostgres } from '../spec-support/appending.js';
import { startScratchServer, type ScratchServer } from '../spec-support/scratch-server.js';

let server: ScratchServer;
let postgres: Postgres;
let neighbour: Postgres;
beforeAll(async () => {
  server = await startScratchServer();
  const { serviceUrl } = await server.migrated();
  postgres = openPostgres(serviceUrl, 4);
  neighbour = openPostgres(serviceUrl, 4);
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await neighbour.close();
  await server.stop();
});

const heldBy = (locks: Postgres['locks'], names: readonly string[]) => locks.tryHoldAll(names, (held) => Promise.resolve([...held].sort()));

describe('an append under a lock', () => {
  const asked: FinalizeRequested = { type: 'v1.package.finalize_requested', payload: { requested_at: instantOf(new Date()) } };
  const appendUnder = (id: string, under: Held) =>
    postgres.log.append({
      subject: { kind: 'package', id },
      expectedRevision: 2,
      facts: [asked],
      attribution: { actor: 'token:spec', time: instantOf(new Date()) },
      under,
    });
  const revision = async (id: string) => (await neighbour.states.package(id))?.package.revision;
  /** The server ends the sessions that hold a lock, as it does with all of them when one of its processes is killed. */
  const endHolders = () =>
    neighbour.database.pool.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`);

  it('is recorded while the lock is held', async () => {
    const id = await newPackage(postgres);
    expect(await postgres.locks.hold('x', (under) => appendUnder(id, under))).toEqual({ revision: 3 });
    expect(await revision(id)).toBe(3);
  });

  it('is not recorded when the lock was lost and went to somebody else, while its owner still worked', async () => {
    const id = await newPackage(postgres);
    const losing = postgres.locks.hold('x', async (under) => {
      await endHolders();
      expect(await neighbour.locks.hold('x', () => Promise.resolve('mine'))).toBe('mine');
      return appendUnder(id, under);
    });
    await expect(losing).rejects.toThrow();
    expect(await revision(id)).toBe(2);
  });

  it('conflicts as every other does', async () => {
    const id = await newPackage(postgres);
    await append(postgres, id, 2, [asked]);
    await expect(postgres.locks.hold('x', (under) => appendUnder(id, under))).rejects.toThrow(RevisionConflict);
    expect(await heldBy(neighbour.locks, ['x'])).toEqual(['x']);
  });
});

describe('many locks at once', () => {
  it('gives those that nobody holds, and frees all of them', async () => {
    const names = Array.from({ length: 500 }, (_, n) => `blob:${n}`);
    await postgres.locks.hold('blob:7', async () => {
      const held = await neighbour.locks.tryHoldAll(names, async (mine) => {
        expect(await heldBy(postgres.locks, ['blob:1', 'blob:7', 'blob:501'])).toEqual(['blob:501']);
        return mine;
      });
      expect(held.size).toBe(499);
      expect(held.has('blob:7')).toBe(false);
    });
    expect((await heldBy(postgres.locks, names)).length).toBe(500);
  });

  it('runs with none when all are held, and with names given twice', async () => {
    await postgres.locks.holdAll(['a', 'b', 'a'], async () => {
      expect(await heldBy(neighbour.locks, ['a', 'b'])).toEqual([]);
    });
    expect(await heldBy(neighbour.locks, ['b', 'a', 'b'])).toEqual(['a', 'b']);
    expect(await heldBy(postgres.locks, [])).toEqual([]);
  });

  it('waits for all, taken in one order whatever order they are named in', async () => {
    const order: string[] = [];
    const both = (locks: Postgres['locks'], names: readonly string[], who: string) =>
      locks.holdAll(names, () => Promise.resolve(void order.push(who)));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        both(n % 2 ? postgres.locks : neighbour.locks, n % 3 ? ['x', 'y', 'z'] : ['z', 'y', 'x'], `${n}`),
      ),
    );
    expect(order).toHaveLength(20);
  });

  it('leaves connections for the work of those who hold one, however many want one', async () => {
    const work = async (): Promise<number> => (await postgres.database.pool.query<{ n: number }>('select 1 as n')).rows[0]?.n ?? 0;
    const all = await Promise.all(Array.from({ length: 24 }, (_, n) => postgres.locks.hold(`name ${n}`, work)));
    expect(all).toEqual(Array<number>(24).fill(1));
  });

  it('frees them when the work fails', async () => {
    await expect(postgres.locks.tryHoldAll(['p', 'q'], () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
    expect(await heldBy(neighbour.locks, ['p', 'q'])).toEqual(['p', 'q']);
  });
});
