import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PackageFilter } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import pg from 'pg';
import { startScratchServer, type ScratchServer } from '../spec-support/scratch-server.js';
import { findPackages } from './find-packages.js';

/** Enough for the planner to care. One in ten thousand has the rare target, every second the common one. */
const count = 60_000;
const filter = (change: Partial<PackageFilter>): PackageFilter => ({ repositories: ['*'], limit: 51, ...change });

let server: ScratchServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startScratchServer();
  client = new pg.Client({ connectionString: (await server.migrated()).ownerUrl });
  await client.connect();
  await client.query(`
    insert into packages (id, phase, repository, name, producer, subject, run_id, retention_class, description, metadata, finalize_requested,
      finalization_due, created_at, wheelhouse)
    select gen_random_uuid(), 'finalized', 'org_' || n % 100 || '/repo', 'wheelhouse-3.11', 'ci', 's' || n, n::text, 'transient', '{}',
      jsonb_build_object('run', n::text, 'target', case when n % 10000 = 0 then 'rare' when n % 2 = 0 then 'common' else 'other' end, 'k.x', 'é'),
      true, true, timestamptz '2026-01-01T00:00:00Z' + n * interval '1 second', true
    from generate_series(1, ${count}) n`);
  await client.query('vacuum analyze packages');
}, 120_000);
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

async function plan(query: PackageFilter): Promise<string> {
  const { text, values } = findPackages(query);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off, timing off, summary off) ${text}`, [
    ...values,
  ]);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

async function found(query: PackageFilter): Promise<readonly string[]> {
  const { text, values } = findPackages(query);
  return (await client.query<{ id: string }>(text, [...values])).rows.map(({ id }) => id);
}

/** Rows that a plan threw away after reading them. */
const wasted = (told: string): number => [...told.matchAll(/Rows Removed by Filter: (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);

describe('finding packages', () => {
  it('of rare metadata goes through the index over metadata', async () => {
    for (const metadata of [{ target: 'rare' }, { target: 'rare', 'k.x': 'é' }, { run: '4711' }, { target: 'nowhere' }]) {
      const told = await plan(filter({ metadata }));
      expect(told).toContain('packages_metadata_idx');
      expect([metadata, wasted(told)]).toEqual([metadata, 0]);
    }
  });

  it('of common metadata reads the newest until the page is full', async () => {
    const told = await plan(filter({ metadata: { target: 'common' } }));
    expect(told).toContain('packages_created_at_id_idx');
    expect(wasted(told)).toBeLessThan(1_000);
  });

  it.each([
    ['a run', { run: '77' }],
    ['a subject', { subject: 's77' }],
    ['a repository', { repository: 'org_7/repo' }],
    ['the middle', { before: { createdAt: instantOf(new Date('2026-01-01T08:00:00Z')), id: '00000000-0000-7000-8000-000000000000' } }],
    ['an absent state', { phase: 'garbage_collected' }],
  ])('of %s reads no others', async (_, change) => {
    const told = await plan(filter(change));
    expect(told).not.toContain('Seq Scan');
    expect(wasted(told)).toBeLessThan(10);
  });

  it('pages by creation and id through the rare ones, and keeps readers to their repositories', async () => {
    const all = await found(filter({ metadata: { target: 'rare' } }));
    expect(all).toHaveLength(count / 10_000);
    const { rows } = await client.query<{ created_at: Date; id: string }>('select created_at, id from packages where id = $1', [all[1]]);
    const [second] = rows;
    if (!second) throw new Error('not found');
    const before = { createdAt: instantOf(second.created_at), id: second.id };
    expect(await found(filter({ metadata: { target: 'rare' }, before }))).toEqual(all.slice(2));
    expect(await found(filter({ metadata: { target: 'rare' }, repositories: ['org_0/*'] }))).toEqual(all);
    // An underscore in a name is no wildcard.
    expect(await found(filter({ metadata: { target: 'rare' }, repositories: ['org__/*', 'org_1/repo'] }))).toEqual([]);
  });
});
