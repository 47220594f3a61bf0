import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SequencedEvent } from '@muniment/application';
import { checkLog, Postgres, rebuildViews } from '@muniment/postgres';
import { eventually } from '@muniment/testing';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const writingMs = 6_000;
const processes = 4;
const writersEach = 8;
const packages = Array.from({ length: 40 }, () => randomUUID());

/** What one process of writers prints at its end. */
interface Learnt {
  readonly done: readonly (readonly [id: string, revision: number])[];
  readonly committed: readonly string[];
  readonly undone: readonly string[];
  readonly conflicts: number;
  readonly lost: number;
}

let server: RunningPostgres;
let reader: Postgres;
let owner: pg.Pool;
const sequencers = new Set<ChildProcess>();
const seen: SequencedEvent[] = [];
let learnt: Learnt;

beforeAll(async () => {
  server = await startPostgres();
  reader = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 2 });
  owner = new pg.Pool({ connectionString: server.ownerUrl, max: 2 });
  // A connection that is still closing when the server stops is no failure.
  owner.on('error', () => undefined);
  owner.on('connect', (client) => client.on('error', () => undefined));
  learnt = await tortured();
}, 180_000);
afterAll(async () => {
  for (const child of sequencers) child.kill('SIGKILL');
  await owner.end();
  await reader.close();
  await server.stop();
}, 60_000);

async function tortured(): Promise<Learnt> {
  const ended = new AbortController();
  startSequencer();
  startSequencer();
  const others = [following(ended.signal), killing(ended.signal)];
  const run = promisify(execFile);
  const args = [path.join(here, 'torture-writer.mjs'), named('torture-writer'), server.ownerUrl, String(writersEach), String(writingMs)];
  const written = await Promise.all(
    Array.from({ length: processes }, () => run(process.execPath, [...args, ...packages], { maxBuffer: 64 * 1024 ** 2 })),
  );
  await eventually('every event to be read', async () => seen.length === (await countOfEvents()));
  ended.abort();
  await Promise.all(others);
  const all = written.map(({ stdout }) => JSON.parse(stdout) as Learnt);
  return {
    done: all.flatMap((l) => l.done),
    committed: all.flatMap((l) => l.committed),
    undone: all.flatMap((l) => l.undone),
    conflicts: all.reduce((sum, l) => sum + l.conflicts, 0),
    lost: all.reduce((sum, l) => sum + l.lost, 0),
  };
}

function startSequencer(): void {
  const child = spawn(process.execPath, [path.join(here, 'torture-sequencer.mjs'), named('torture-sequencer')], { stdio: 'ignore' });
  sequencers.add(child);
  child.once('exit', () => sequencers.delete(child));
}

/** The services' URL for connections that can be told apart. */
function named(application: string): string {
  return `${server.serviceUrl}?application_name=${application}`;
}

/** A reader that only ever asks for what comes after the last event it saw. */
async function following(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const page = await reader.log.read({ after: seen.at(-1)?.sequence ?? 0n, limit: 50 });
    seen.push(...page);
    if (page.length === 0) await pause(2);
  }
}

/** Kills, at moments nobody chose: raw transactions, statements of sequencers, and whole sequencer processes. */
async function killing(ended: AbortSignal): Promise<void> {
  for (let n = 1; !ended.aborted; n++) {
    const victims = { 0: 'torture-sequencer', 1: 'torture-writer' }[n % 5] ?? 'torture-raw';
    await owner.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1', [
      victims,
    ]);
    if (n % 30 === 0) {
      [...sequencers][0]?.kill('SIGKILL');
      startSequencer();
    }
    await pause(40);
  }
}

async function countOfEvents(): Promise<number> {
  return (await owner.query<{ n: number }>('select count(*)::int as n from events')).rows[0]?.n ?? -1;
}

describe(`${processes * writersEach} writers in ${processes} processes, 2 sequencers, sleeping, aborted and killed transactions`, () => {
  it('were a torture: appends, conflicts, aborts and lost connections all happened', () => {
    expect(learnt.done.length).toBeGreaterThan(100);
    expect(learnt.conflicts).toBeGreaterThan(0);
    expect(learnt.undone.length).toBeGreaterThan(0);
    expect(learnt.committed.length).toBeGreaterThan(0);
    expect(learnt.lost).toBeGreaterThan(0);
  });

  it('leave a gapless sequence, which a reader following "after N" saw whole, once and in order', async () => {
    expect(seen.map((e) => e.sequence)).toEqual(seen.map((_, n) => BigInt(n + 1)));
    expect(seen.length).toBe(await countOfEvents());
    const again: SequencedEvent[] = [];
    for (let page = await reader.log.read({ after: 0n, limit: 5_000 }); page.length > 0; ) {
      again.push(...page);
      page = await reader.log.read({ after: page.at(-1)?.sequence ?? 0n, limit: 5_000 });
    }
    expect(again).toEqual(seen);
  });

  it('leave the revisions of each package in order and without gaps', () => {
    for (const id of packages) {
      const revisions = seen.filter((e) => e.subject.id === id).map((e) => e.revision);
      expect(revisions).toEqual(revisions.map((_, n) => n + 1));
    }
  });

  it('lost nothing that was acknowledged, and kept nothing that was undone', () => {
    const places = new Set(seen.map((e) => `${e.subject.id} ${e.revision}`));
    expect(learnt.done.filter(([id, revision]) => !places.has(`${id} ${revision}`))).toEqual([]);
    const actors = new Set(seen.map((e) => e.actor));
    expect(learnt.committed.filter((actor) => !actors.has(actor))).toEqual([]);
    expect(learnt.undone.filter((actor) => actors.has(actor))).toEqual([]);
  });

  it('leave a log that checks, and views that a replay gives again', async () => {
    expect(await checkLog(server.ownerUrl)).toMatchObject({ ok: true, unsequenced: 0, events: seen.length });
    expect(await rebuildViews(server.ownerUrl, { verify: true })).toMatchObject({ identical: true, events: seen.length });
  }, 60_000);
});
