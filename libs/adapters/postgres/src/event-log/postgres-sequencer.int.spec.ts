import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { receivedFile } from '@muniment/testing';
import pg from 'pg';
import type { Postgres } from '../postgres.js';
import { append, newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

let server: ScratchServer;
beforeAll(async () => {
  server = await startScratchServer();
}, 120_000);
afterAll(async () => {
  for (const postgres of opened) await postgres.close();
  await server.stop();
});

let database: ScratchDatabase;
const opened: Postgres[] = [];
const open = (): Postgres => {
  const postgres = openPostgres(database.serviceUrl);
  opened.push(postgres);
  return postgres;
};
beforeEach(async () => {
  database = await server.migrated();
});
const insertRaw = `insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
  select 'v1.spec.raw', now(), 'spec', 'package', $1::uuid, r, '\\xa0', sha256('\\xa0') from generate_series($2::int, $3::int) r`;

/** Sequence numbers of a subject's events by revision; null: not numbered. */
async function numbersOf(subject: string): Promise<readonly (number | null)[]> {
  const rows = await once(
    database.ownerUrl,
    'select s.sequence::int as n from events e left join event_sequence s on s.event_id = e.id where e.subject_id = $1 order by e.revision',
    [subject],
  );
  return rows.map((row) => row['n'] as number | null);
}

describe('the sequencer', () => {
  it('numbers what commits late after what it numbered meanwhile, and skips nothing', async () => {
    const postgres = open();
    const slow = new pg.Client({ connectionString: database.ownerUrl });
    await slow.connect();
    const [late, never] = [randomUUID(), randomUUID()];
    await slow.query('begin');
    await slow.query(insertRaw, [late, 1, 2]);
    await once(database.ownerUrl, `begin; select pg_current_xact_id(); rollback`);
    const early = await newPackage(postgres);
    await sequenceAll(postgres);
    expect([await numbersOf(early), await numbersOf(late)]).toEqual([[1, 2], []]);
    await slow.query('commit');
    await slow.query('begin');
    await slow.query(insertRaw, [never, 1, 1]);
    await slow.query('rollback');
    await slow.end();
    await sequenceAll(postgres);
    expect(await numbersOf(late)).toEqual([3, 4]);
    expect(await postgres.log.head()).toBe(4n);
  });

  it('gives each event one number when two processes pass at once', async () => {
    const [one, two] = [open(), open()];
    let numbered = 0;
    for (let round = 0; round < 10; round++) {
      await newPackage(one);
      const passes = await Promise.all([one.sequencer.pass(), two.sequencer.pass()]);
      numbered += passes.reduce((a, b) => a + b, 0);
    }
    numbered += await one.sequencer.pass();
    expect(numbered).toBe(20);
    expect(await one.log.head()).toBe(20n);
  });

  it('does nothing while another process holds the lock, and goes on when that one is gone', async () => {
    const postgres = open();
    const holder = new pg.Client({ connectionString: database.ownerUrl });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select pg_advisory_xact_lock(7180001)');
    const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid');
    const id = await newPackage(postgres);
    expect(await postgres.sequencer.pass()).toBe(0);
    await once(database.ownerUrl, 'select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    await sequenceAll(postgres);
    expect(await numbersOf(id)).toEqual([1, 2]);
    await holder.end().catch(() => undefined);
  });

  it('numbers everything of a restored log, whose transaction ids are of another server, and then goes on without reading it again', async () => {
    const restored = randomUUID();
    await once(database.ownerUrl, insertRaw, [restored, 1, 2]);
    await sequenceAll(open());
    await once(database.ownerUrl, insertRaw, [restored, 3, 4]);
    await fromAnotherServer('xid = (xid::text::bigint + 4000000000)::text::xid8');
    await once(database.ownerUrl, "update log_head set floor_xid = '4000000000'");

    const postgres = open();
    await sequenceAll(postgres);
    expect(await numbersOf(restored)).toEqual([1, 2, 3, 4]);
    const [head] = await once(database.ownerUrl, 'select floor_xid <= pg_snapshot_xmax(pg_current_snapshot()) as sane from log_head');
    expect(head).toEqual({ sane: true });
    const fresh = await newPackage(postgres);
    expect(await postgres.sequencer.pass()).toBe(2);
    expect(await numbersOf(fresh)).toEqual([5, 6]);
  });

  it('finds restored rows ahead of the transaction counter even when the restored floor looks sane', async () => {
    const restored = randomUUID();
    await once(database.ownerUrl, insertRaw, [restored, 1, 3]);
    await fromAnotherServer('xid = (xid::text::bigint + 1000)::text::xid8');
    await sequenceAll(open());
    expect(await numbersOf(restored)).toEqual([1, 2, 3]);
  });

  it('looks only at what is new, however long the log: with and without statistics, also right after a restore', async () => {
    await once(database.ownerUrl, insertRaw, [randomUUID(), 1, 200_000]);
    await once(database.ownerUrl, 'insert into event_sequence (sequence, event_id) select row_number() over (order by id), id from events');
    await once(database.ownerUrl, 'update log_head set sequence = 200000, floor_xid = pg_snapshot_xmin(pg_current_snapshot())');
    const postgres = open();
    await sequenceAll(postgres);
    for (const prepare of ['select 1', 'analyze events, event_sequence', 'restore']) {
      if (prepare === 'restore') await fromAnotherServer('xid = (xid::text::bigint + 4000000000)::text::xid8 where id % 2 = 0');
      else await once(database.ownerUrl, prepare);
      expect(await rowsReadForOnePackage(postgres)).toBeLessThan(1_000);
    }
  }, 120_000);

  it('looks only at what is new after a backlog that it took in full passes', async () => {
    await once(database.ownerUrl, insertRaw, [randomUUID(), 1, 10_000]);
    const postgres = open();
    await sequenceAll(postgres);
    expect(await postgres.log.head()).toBe(10_000n);
    expect(await rowsReadForOnePackage(postgres)).toBeLessThan(1_000);
  }, 60_000);
});

async function rowsReadForOnePackage(postgres: Postgres): Promise<number> {
  const before = await rowsRead(postgres);
  const id = await newPackage(postgres);
  await append(postgres, id, 2, [receivedFile(randomUUID())]);
  expect(await postgres.sequencer.pass()).toBe(3);
  return (await rowsRead(postgres)) - before;
}

/** What a dump and restore into a younger server leaves: rows with transaction ids that this server has not reached. */
async function fromAnotherServer(change: string): Promise<void> {
  await once(
    database.ownerUrl,
    `begin; alter table events disable trigger events_immutable; update events set ${change};
    alter table events enable trigger events_immutable; commit`,
  );
}

/** Rows of the log's tables that the server has read so far, by sequential scans and through indexes. */
async function rowsRead(by: Postgres): Promise<number> {
  const { pool } = by.database;
  // sessions report what they did some seconds later, unless asked
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  for (const client of clients) await client.query('select pg_stat_force_next_flush()');
  for (const client of clients) client.release();
  const [row] = await once(
    database.ownerUrl,
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as n from pg_stat_user_tables where relname in ('events', 'event_sequence')`,
  );
  return row?.['n'] as number;
}
