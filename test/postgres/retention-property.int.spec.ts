import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DuePackage } from '@muniment/application';
import { mayBeDeleted, type Instant } from '@muniment/domain';
import { Postgres, rebuildViews } from '@muniment/postgres';
import fc from 'fast-check';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { day, fold, instant, keep, RetentionActs, type Folded } from './retention-history.js';

const seed = Number(process.env['MUNIMENT_TEST_SEED'] ?? Date.now() % 1_000_000);
const histories = Number(process.env['MUNIMENT_TEST_HISTORIES'] ?? 25);
const packagesAtMost = 12;
/** A hold belongs to one package: its id is made from that of the package. */
const holdOf = (packageId: string, hold: number): string => `${packageId.slice(0, -1)}${hold}`;

type Act =
  | { readonly act: 'create'; readonly name: string; readonly retentionClass: string; readonly wheelhouse: boolean }
  | { readonly act: 'extend'; readonly of: number; readonly days: number }
  | { readonly act: 'hold' | 'release'; readonly of: number; readonly hold: number }
  | { readonly act: 'validate'; readonly of: number; readonly passed: boolean }
  | { readonly act: 'sweep'; readonly days: number };

const of = fc.nat(packagesAtMost - 1);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    act: fc.constant('create' as const),
    name: fc.constantFrom('red', 'green'),
    retentionClass: fc.constantFrom('day', 'day', 'week', 'ever'),
    wheelhouse: fc.boolean(),
  }),
  fc.record({ act: fc.constant('extend' as const), of, days: fc.integer({ min: -2, max: 9 }) }),
  fc.record({ act: fc.constantFrom('hold' as const, 'release' as const), of, hold: fc.nat(2) }),
  fc.record({ act: fc.constant('validate' as const), of, passed: fc.boolean() }),
  fc.record({ act: fc.constant('sweep' as const), days: fc.integer({ min: -3, max: 12 }) }),
);
const history = fc.array(fc.record({ act, hours: fc.integer({ min: 0, max: 60 }) }), { minLength: 20, maxLength: 60 });

let server: RunningPostgres;
let postgres: Postgres;
let pool: pg.Pool;
beforeAll(async () => {
  server = await startPostgres();
  postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 4 });
  pool = new pg.Pool({ connectionString: server.serviceUrl, max: 4 });
  // A connection that is still closing when the server stops is no failure.
  pool.on('error', () => undefined);
}, 120_000);
afterAll(async () => {
  await pool.end();
  await postgres.close();
  await server.stop();
}, 60_000);

type States = ReadonlyMap<string, Folded>;
const statesOf = async (ids: readonly string[]): Promise<States> =>
  new Map(await Promise.all(ids.map(async (id) => [id, await fold(pool, id)] as const)));
const where = (states: States, holds: (folded: Folded) => boolean): readonly string[] =>
  [...states].flatMap(([id, folded]) => (holds(folded) ? [id] : [])).sort();
const own = (states: States, ids: readonly string[]): readonly string[] => ids.filter((id) => states.has(id)).sort();

/** Every page of what is due in the repository. */
async function due(repository: string, at: Instant, withoutHold?: string): Promise<readonly DuePackage[]> {
  const found: DuePackage[] = [];
  for (let after: { readonly expiresAt: Instant; readonly packageId: string } | undefined; ; ) {
    const asked = {
      at,
      repositories: [repository],
      limit: 3,
      ...(after && { after }),
      ...(withoutHold === undefined ? {} : { withoutHold }),
    };
    const page = await postgres.sweeps.due(asked);
    found.push(...page);
    const last = page.at(-1);
    if (last?.retention.expiresAt == null) return found;
    after = { expiresAt: last.retention.expiresAt, packageId: last.packageId };
  }
}

/** What sets and pure functions say of one instant. */
async function compareAt(acts: RetentionActs, ids: readonly string[], at: Instant): Promise<void> {
  const states = await statesOf(ids);
  const found = await due(acts.repository, at);
  expect(found.map(({ packageId }) => packageId).sort()).toEqual(where(states, ({ retention }) => mayBeDeleted(retention, at)));
  for (const { packageId, retention } of found) expect(retention).toEqual(states.get(packageId)?.retention);
  const active = [...states.values()].flatMap(({ retention }) => retention.holds.map(({ holdId }) => holdId));
  for (const hold of active) {
    const without = where(states, ({ retention }) =>
      mayBeDeleted({ ...retention, holds: retention.holds.filter((h) => h.holdId !== hold) }, at),
    );
    expect((await due(acts.repository, at, hold)).map(({ packageId }) => packageId).sort()).toEqual(without);
  }
}

async function sweep(acts: RetentionActs, ids: readonly string[], asOf: Instant, now: Instant): Promise<void> {
  await acts.curate.execute({ ofPackage: null, attribution: { actor: 'spec', time: now } });
  await compareAt(acts, ids, asOf);
  const before = await statesOf(ids);
  const expected = where(before, ({ retention }) => retention.eligibleSince === null && mayBeDeleted(retention, asOf));
  const dry = await acts.sweeping.execute({ asOf, dryRun: true, attribution: { actor: 'spec', time: now } });
  expect(own(before, dry.marked)).toEqual(expected);
  expect(own(before, await acts.sweep(asOf, now))).toEqual(expected);
  const after = await statesOf(ids);
  for (const id of expected) {
    expect(after.get(id)?.types.at(-1)).toBe('v1.retention.deletion_eligible');
    expect(after.get(id)?.retention.eligibleSince).toBe(asOf);
  }
  expect(await acts.sweep(asOf, now)).toEqual([]);
  expect(await statesOf(ids)).toEqual(after);
}

/** The curated set as its definition says it: the newest `keep` validated wheelhouses of each name. */
async function compareCurated(ids: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ id: string; newer: number; candidate: boolean }>(
    `select id, validation is not distinct from 'passed' and wheelhouse as candidate,
       (select count(*)::int from packages n where n.repository = p.repository and n.name = p.name and n.validation = 'passed' and n.wheelhouse
         and (n.created_at, n.id) > (p.created_at, p.id)) as newer
     from packages p where id = any($1::uuid[])`,
    [ids],
  );
  const curated = where(await statesOf(ids), ({ retention }) => retention.curatedSince !== null);
  expect(curated).toEqual(rows.flatMap(({ id, newer, candidate }) => (candidate && newer < keep ? [id] : [])).sort());
}

async function live(acts: readonly { readonly act: Act; readonly hours: number }[]): Promise<void> {
  const user = new RetentionActs(postgres);
  const ids: string[] = [await user.create('red', 'day', true, instant(0))];
  let now = 0;
  for (const { act: step, hours } of acts) {
    now += hours * 3_600;
    const time = instant(now);
    const id = ids['of' in step ? step.of % ids.length : 0] ?? '';
    if (step.act === 'create' && ids.length < packagesAtMost)
      ids.push(await user.create(step.name, step.retentionClass, step.wheelhouse, time));
    else if (step.act === 'extend') await user.extend(id, instant(now + step.days * day), time);
    else if (step.act === 'hold') await user.hold(id, holdOf(id, step.hold), time);
    else if (step.act === 'release') await user.release(id, holdOf(id, step.hold), time);
    else if (step.act === 'validate') await user.validate(id, step.passed ? 'passed' : 'failed', time);
    else if (step.act === 'sweep') await sweep(user, ids, instant(now + step.days * day), time);
  }
  await sweep(user, ids, instant(now), instant(now));
  await compareCurated(ids);
}

describe('sets and pure functions', () => {
  it(`agree on random histories (seed ${seed})`, async () => {
    await fc.assert(fc.asyncProperty(history, live), { seed, numRuns: histories, endOnFailure: true });
  }, 600_000);

  it('agree with replay', async () => {
    expect(await rebuildViews(server.ownerUrl, { verify: true })).toMatchObject({ identical: true });
  }, 120_000);
});
