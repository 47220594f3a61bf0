import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mayBeDeleted } from '@muniment/domain';
import { checkLog, Postgres, rebuildViews } from '@muniment/postgres';
import { encodeCbor } from '@muniment/formats';
import { eventually, goldenEvents } from '@muniment/testing';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { day, fold, instant, RetentionActs } from './retention-history.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const sweepers = 4;
const racing = 60;
const actsEach = 8;

let server: RunningPostgres;
let pool: pg.Pool;
const opened: Postgres[] = [];
const open = (): Postgres => {
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 8 });
  opened.push(postgres);
  return postgres;
};
beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.ownerUrl, max: 4 });
  // A connection that is still closing when the server stops is no failure.
  pool.on('error', () => undefined);
}, 120_000);
afterAll(async () => {
  await pool.end();
  for (const postgres of opened) await postgres.close();
  await server.stop();
}, 60_000);

const packagesOf = async (user: RetentionActs, count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => user.create(`name-${n}`, 'day', false, instant(0))));

async function undisturbed(): Promise<void> {
  const postgres = opened[0] ?? open();
  while ((await postgres.sequencer.pass()) > 0);
  expect(await checkLog(server.ownerUrl)).toMatchObject({ ok: true });
  expect(await rebuildViews(server.ownerUrl, { verify: true })).toMatchObject({ identical: true });
  // Appends would be sent again after one, and nobody would notice.
  const { rows } = await pool.query<{ deadlocks: string }>('select deadlocks from pg_stat_database where datname = current_database()');
  expect(rows).toEqual([{ deadlocks: '0' }]);
}

describe('sweeps beside each other and beside everybody else', () => {
  it('record each transition once, and nobody waits in a circle', async () => {
    const users = Array.from({ length: sweepers }, () => new RetentionActs(open(), 'org/races'));
    const [first] = users;
    if (first === undefined) throw new Error('a sweeper');
    const ids = await packagesOf(first, racing);
    let now = 2 * day;
    const next = () => instant(now++);
    let acting = true;
    const sweeping = users.map(async (user) => {
      const found: string[] = [];
      while (acting) {
        const at = next();
        found.push(...(await user.sweep(at, at)));
      }
      return found;
    });
    await Promise.all(ids.map((id, n) => disturb(users[n % sweepers] ?? first, id, n, next)));
    acting = false;
    const found = (await Promise.all(sweeping)).flat();
    const end = next();
    found.push(...(await first.sweep(end, end)));

    const folded = await Promise.all(ids.map(async (id) => ({ id, ...(await fold(pool, id)) })));
    for (const { id, types, retention } of folded) {
      expect([id, wasted(types)]).toEqual([id, []]);
      expect([id, retention.eligibleSince !== null]).toEqual([id, mayBeDeleted(retention, end)]);
    }
    // Sweeps marked much of it; the rest was marked by releases, in their own appends.
    expect(found.length).toBeGreaterThan(racing / 2);
    await undisturbed();
  }, 120_000);

  it('wait for an append that is under way, and go on without its package', async () => {
    const postgres = open();
    const user = new RetentionActs(postgres, 'org/waiting');
    const ids = [...(await packagesOf(user, 5))].sort();
    const [one, , other] = ids;
    if (one === undefined || other === undefined) throw new Error('five packages');
    const [first, second] = [await unfinishedAppend(one), await unfinishedAppend(other)];
    const sweep = user.sweep(instant(3 * day), instant(3 * day));
    await eventually('the sweep to wait', () => waiting('%update retention_state%'));
    await first.commit();
    await eventually('the sweep to wait for the other', () => waitingFor(second.pid));
    await second.commit();
    const marked = await sweep;
    expect(marked.filter((id) => ids.includes(id)).sort()).toEqual(ids);
    expect(new Set(marked).size).toBe(marked.length);
    for (const id of [one, other])
      expect((await fold(pool, id)).types.slice(-2)).toEqual([harmless.type, 'v1.retention.deletion_eligible']);
    await undisturbed();
  });

  it('append to many whatever is still where it was, and leave the rest alone', async () => {
    const postgres = open();
    const user = new RetentionActs(postgres, 'org/wide');
    const ids = await packagesOf(user, 6);
    const subjects = ids.map((id, n) => ({ id, expectedRevision: n === 2 ? 3 : 4 }));
    const moved = ids[4] ?? '';
    await user.hold(moved, moved, instant(1));
    const fact = {
      type: 'v1.retention.trashed',
      payload: { collection_id: ids[0] ?? '', trashed_at: instant(2), purge_after: instant(day) },
    } as const;
    const attribution = { actor: 'token:spec', time: instant(2) };
    const appended = await postgres.wideLog.appendToMany({ subjects, fact, attribution });
    expect([...appended].sort()).toEqual(ids.filter((_, n) => n !== 2 && n !== 4).sort());
    expect(await postgres.wideLog.appendToMany({ subjects, fact, attribution })).toEqual([]);
    for (const id of appended) expect((await fold(pool, id)).retention.trash).toEqual({ since: instant(2), purgeAfter: instant(day) });
    await undisturbed();
  });

  it('refuse to append to many what changes more than one row of each', async () => {
    const postgres = open();
    const fact = { type: 'v1.retention.hold_applied', payload: { hold_id: 'h', applied_at: instant(0) } } as const;
    const subjects = [{ id: '01957a3e-7000-7000-8000-0000000000a1', expectedRevision: 1 }];
    await expect(postgres.wideLog.appendToMany({ subjects, fact, attribution: { actor: 'a', time: instant(0) } })).rejects.toThrow(
      'cannot be appended to many at once',
    );
  });
});

const harmless = goldenEvents['v1.storage.corruption_detected'];

/** An append that took the package's next revision and has not committed. */
async function unfinishedAppend(packageId: string): Promise<{ readonly pid: number; readonly commit: () => Promise<void> }> {
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await client.query('begin');
  await client.query(
    `with moved as (update retention_state set revision = revision + 1, revision_without_received = revision + 1, revision_without_ingested = revision + 1 where package_id = $1 returning revision)
     insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
     select $2, now(), 'spec', 'package', $1, revision, $3::bytea, sha256($3::bytea) from moved`,
    [packageId, harmless.type, encodeCbor(harmless.payload)],
  );
  return {
    pid: rows[0]?.pid ?? 0,
    commit: async () => {
      await client.query('commit');
      client.release();
    },
  };
}

async function waiting(statement: string): Promise<boolean> {
  const { rows } = await pool.query("select from pg_stat_activity where wait_event = 'transactionid' and query like $1", [statement]);
  return rows.length > 0;
}

async function waitingFor(pid: number): Promise<boolean> {
  const { rows } = await pool.query('select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [pid]);
  return rows.length > 0;
}

/** Transitions that change nothing: a mark on what is marked, or on what something keeps. */
function wasted(types: readonly string[]): readonly string[] {
  let [marked, holds] = [false, 0];
  return types.flatMap((type, n) => {
    if (type === 'v1.retention.hold_applied') holds++;
    if (type === 'v1.retention.hold_released') holds--;
    const wrong = type === 'v1.retention.deletion_eligible' && (marked || holds > 0);
    if (type === 'v1.retention.deletion_eligible') marked = true;
    if (type === 'v1.retention.hold_applied' || type === 'v1.retention.extended') marked = false;
    return wrong ? [`${n} ${type}`] : [];
  });
}

async function disturb(user: RetentionActs, id: string, n: number, next: () => ReturnType<typeof instant>): Promise<void> {
  for (let round = 0; round < actsEach; round++) {
    const hold = `${id.slice(0, -2)}${(16 + round).toString(16)}`;
    if ((n + round) % 4 === 0) {
      const at = next();
      // Over before the next round: the package is due again.
      await user.extend(id, instant(Date.parse(at) / 1000 - Date.parse(instant(0)) / 1000 + 1), at);
    } else {
      await user.hold(id, hold, next());
      await user.release(id, hold, next());
    }
  }
}

describe('a sweep that is killed', () => {
  it('leaves nothing half done, wherever it was; the next one goes on', async () => {
    const postgres = open();
    const many = 4_000;
    await fillDue(many);
    const seen: number[] = [];
    for (let kill = 0; kill < 12 && (seen.at(-1) ?? 0) < many; kill++) {
      const before = await markedSoFar();
      const child = spawn(process.execPath, [path.join(here, 'sweeper.mjs'), server.serviceUrl, '200'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      // After a chunk or two, anywhere in the next: it says so after each.
      let chunks = 0;
      const enough = 1 + (kill % 3);
      child.stdout.on('data', () => ++chunks >= enough && setTimeout(() => child.kill('SIGKILL'), kill % 5));
      await exited;
      await eventually('the server to see it gone', async () => (await sweeping()) === 0);
      const now = await markedSoFar();
      expect(now % 200).toBe(0);
      expect(now).toBeGreaterThanOrEqual(before);
      seen.push(now);
    }
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen[0]).toBeLessThan(many);
    const user = new RetentionActs(postgres, 'org/killed');
    const rest = await user.sweep(instant(400 * day), instant(400 * day));
    expect(rest.filter((id) => id.startsWith('dddddddd-')).length).toBe((await markedSoFar()) - (seen.at(-1) ?? 0));
    expect(await user.sweep(instant(400 * day), instant(400 * day))).toEqual([]);
    const { rows } = await pool.query(
      `select r.package_id from retention_state r left join lateral (select count(*) filter (where e.type = 'v1.retention.deletion_eligible') as marks,
         max(e.revision) as revision from events e where e.subject_id = r.package_id) e on true
       where r.revision <> e.revision or r.package_id::text like 'dddddddd-%' and (e.marks <> 1 or not r.eligible_for_deletion)`,
    );
    expect(rows).toEqual([]);
  }, 120_000);
});

const dueId = `('dddddddd-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid`;

/** Packages of one event each, due since long ago. */
async function fillDue(count: number): Promise<void> {
  await pool.query(
    `with p as (insert into packages (id, phase, repository, name, producer, retention_class, description, metadata, finalize_requested,
         finalization_due, created_at)
       select ${dueId}, 'created', 'org/killed', 'many', 'ci', 'day', '{}', '{}', false, false, '2025-01-01' from generate_series(1, $1::int) n),
     r as (insert into retention_state (package_id, revision, revision_without_received, revision_without_ingested, retention_class, current_expires_at, eligible_for_deletion)
       select ${dueId}, 1, 1, 1, 'day', timestamptz '2025-02-01' + n * interval '1 second', false from generate_series(1, $1::int) n)
     insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
       select 'v1.spec.raw', now(), 'spec', 'package', ${dueId}, 1, '\\xa0', sha256('\\xa0') from generate_series(1, $1::int) n`,
    [count],
  );
}

async function markedSoFar(): Promise<number> {
  const { rows } = await pool.query<{ events: number; rows: number }>(
    `select (select count(*)::int from events where type = 'v1.retention.deletion_eligible' and subject_id::text like 'dddddddd-%') as events,
       (select count(*)::int from retention_state where eligible_for_deletion and package_id::text like 'dddddddd-%') as rows`,
  );
  const [counted] = rows;
  expect(counted?.rows).toBe(counted?.events);
  return counted?.events ?? 0;
}

async function sweeping(): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where application_name = 'muniment' and state <> 'idle' and pid <> pg_backend_pid()",
  );
  return rows[0]?.n ?? 0;
}
