import { spawn } from 'node:child_process';
import { once as onceEmitted } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proveConsistency } from '@muniment/application';
import { logTreeSuite } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

const grower = fileURLToPath(new URL('../spec-support/grow-for-ever.fixture.mjs', import.meta.url));
const kills = Number(process.env['MUNIMENT_TEST_KILLS'] ?? 30);

let server: ScratchServer;
beforeAll(async () => {
  server = await startScratchServer();
}, 120_000);
afterAll(() => server.stop());

logTreeSuite('postgres', async () => {
  const { serviceUrl } = await server.migrated();
  const postgres = openPostgres(serviceUrl);
  const neighbour = openPostgres(serviceUrl);
  const { log, sequencer, tree, signedCheckpoints: checkpoints } = postgres;
  const dispose = async (): Promise<void> => {
    await postgres.close();
    await neighbour.close();
  };
  return { log, sequencer, tree, checkpoints, neighbour: neighbour.tree, dispose };
});

describe('the stored tree', () => {
  let database: ScratchDatabase;
  let postgres: Postgres;
  beforeAll(async () => {
    database = await server.migrated();
    postgres = openPostgres(database.serviceUrl);
    for (let n = 0; n < 150; n++) await newPackage(postgres);
    await sequenceAll(postgres);
  }, 120_000);
  afterAll(() => postgres.close());

  const tiles = () => once(database.ownerUrl, `select level, index, encode(hashes, 'hex') as hashes from log_tiles order by level, index`);
  /** As an owner who has switched the triggers off. */
  const behindTheTriggers = (sql: string) => once(database.ownerUrl, `set session_replication_role = 'replica'; ${sql}`);

  it('is the same, rebuilt from zero, whatever steps it grew by', async () => {
    while ((await postgres.tree.grow(41))?.added !== 0);
    const grown = await tiles();
    expect(grown).toHaveLength(3);
    await behindTheTriggers('delete from log_tiles; update log_tree set size = 0');
    expect(await postgres.tree.grow(20_000)).toEqual({ size: 300, added: 300 });
    expect(await tiles()).toEqual(grown);
  });

  it('survives growers that are killed at any moment', async () => {
    await behindTheTriggers('delete from log_tiles; update log_tree set size = 0');
    let killed = 0;
    for (let size = 0, round = 0; size < 300 && round < kills; round++) {
      const child = spawn(process.execPath, [grower], {
        env: { ...process.env, GROW_DATABASE_URL: database.serviceUrl, GROW_LIMIT: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = onceEmitted(child, 'exit');
      // Begins when it says so, and is killed after a number of steps that differs from round to round.
      let steps = 0;
      const stopAt = 1 + ((round * 7) % 13);
      for await (const chunk of child.stdout) {
        steps += String(chunk).length;
        if (steps >= stopAt) break;
      }
      child.kill('SIGKILL');
      await ended;
      killed++;
      size = await postgres.tree.size();
    }
    expect(killed).toBeGreaterThan(5);
    while ((await postgres.tree.grow(20_000))?.added !== 0);
    const survived = await tiles();
    await behindTheTriggers('delete from log_tiles; update log_tree set size = 0');
    await postgres.tree.grow(20_000);
    expect(await tiles()).toEqual(survived);
  }, 240_000);

  it('does not wait for another grower', async () => {
    const holder = await postgres.database.pool.connect();
    try {
      await holder.query('begin; select size from log_tree for update');
      expect(await postgres.tree.grow(10)).toBeNull();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    expect(await postgres.tree.grow(10)).toEqual({ size: 300, added: 0 });
  });

  it('stops at an event that was removed, and changes nothing', async () => {
    for (let n = 0; n < 5; n++) await newPackage(postgres);
    await sequenceAll(postgres);
    const before = await tiles();
    await behindTheTriggers(
      'create table taken as select * from event_sequence where sequence = 304; delete from event_sequence where sequence = 304',
    );
    await expect(postgres.tree.grow(10)).rejects.toThrow('event 304 is missing from the log');
    expect([await postgres.tree.size(), await tiles()]).toEqual([300, before]);
    await behindTheTriggers('insert into event_sequence select * from taken');
    expect(await postgres.tree.grow(10)).toEqual({ size: 310, added: 10 });
  });

  it('reads a few tiles for a proof of any event', async () => {
    const asked: number[] = [];
    const counting = {
      tiles: (wanted: Parameters<typeof postgres.tree.tiles>[0]) => {
        asked.push(wanted.length);
        return postgres.tree.tiles(wanted);
      },
    };
    await proveConsistency(counting, 310, [1, 299]);
    expect(asked).toEqual([expect.any(Number)]);
    expect(asked[0]).toBeLessThanOrEqual(3);
  });
});

describe('the rows of the tree', () => {
  let database: ScratchDatabase;
  beforeAll(async () => {
    database = await server.migrated();
    const postgres = openPostgres(database.serviceUrl);
    await newPackage(postgres);
    await sequenceAll(postgres);
    await postgres.tree.grow(10);
    const note = 'log\n2\nAAAA\n\n— log AAAA\n';
    await postgres.signedCheckpoints.add({ size: 2, root: Buffer.alloc(32), note, signedAt: '2026-03-01T12:00:00.000Z' });
    await postgres.signedCheckpoints.addCosignature(note, 'w', '— w AAAA\n');
    await postgres.close();
  }, 120_000);

  it.each([
    `update log_tiles set hashes = '\\x${'00'.repeat(64)}'`,
    'update log_tiles set hashes = substring(hashes for 32)',
    'update log_tiles set index = 1',
    'update log_tree set size = 1',
    'delete from log_tiles',
    'truncate log_tiles',
    'delete from log_tree',
    'truncate log_tree',
    ...['log_checkpoints', 'log_cosignatures'].flatMap((table) => [`delete from ${table}`, `truncate ${table} cascade`]),
    "update log_checkpoints set note = ''",
    "update log_cosignatures set line = ''",
  ])('refuse even their owner: %s', async (sql) => {
    await expect(once(database.ownerUrl, sql)).rejects.toMatchObject({ code: 'MU001' });
  });

  it.each([
    'delete from log_tiles',
    'delete from log_tree',
    "update log_checkpoints set note = ''",
    "update log_cosignatures set line = ''",
  ])('give services no right to: %s', async (sql) => {
    await expect(once(database.serviceUrl, sql)).rejects.toMatchObject({ code: '42501' });
  });
});
