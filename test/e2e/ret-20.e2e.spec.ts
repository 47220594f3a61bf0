import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventsHttp, retentionHttp, type EventAnswer, type RetentionAnswer, type SweepAnswer } from '@muniment/contracts';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine } from '../stack/command.js';
import { eventually } from '../stack/left-behind.js';
import { SettableTime } from '../stack/settable-time.js';

const start = '2026-11-21T09:30:00.000Z';
/** So many days after the run was archived. */
const day = (days: number): string => new Date(Date.parse(start) + days * 86_400_000).toISOString();
/** release-evidence, and one year more. */
const [expiry, extendedExpiry] = [2555, 2555 + 365];

const time = new SettableTime(start);
let archive: ArchiveUnderTest;
let database: pg.Client;

beforeAll(async () => {
  // No retention service: only the sweeps of this scenario, so that each step shows exactly what it did.
  archive = await startArchive({ env: { MUNIMENT_CLOCK_FILE: time.file }, services: ['gateway', 'hasher'] });
  database = new pg.Client(archive.ownerUrl);
  await database.connect();
}, 120_000);

afterAll(async () => {
  await database?.end();
  await archive?.stop();
  time.remove();
}, 60_000);

/** Runs the command line and gives what it prints with --json. */
async function told(...args: readonly string[]): Promise<unknown> {
  const run = await runCommandLine(archive, [...args, '--json']);
  expect([run.code, run.errors.replace(/^held: .*\n/, '')]).toEqual([0, '']);
  return run.json();
}

/** `retention_state` of the package, by SQL. */
async function row(id: string): Promise<object> {
  const { rows } = await database.query<object>(
    `select retention_class, current_expires_at, eligible_for_deletion, eligible_since, held,
       (select count(*)::int from retention_holds h where h.package_id = s.package_id and released_at is null) as holds
     from retention_state s where package_id = $1`,
    [id],
  );
  expect(rows).toHaveLength(1);
  return JSON.parse(JSON.stringify(rows[0])) as object;
}

/** The package's retention events, from the log and not from its views. */
async function log(id: string): Promise<readonly EventAnswer[]> {
  const api = new Caller(archive.url, archive.token);
  let events: readonly EventAnswer[] = [];
  await eventually('the log is sequenced', async () => {
    events = eventsHttp.eventAnswer.array().parse((await api.get(`/events?subject=${id}&limit=1000`)).json());
    return events.length === (await api.package(id)).revision;
  });
  return events.filter(({ type }) => type.startsWith('v1.retention.'));
}

const explained = async (id: string): Promise<RetentionAnswer> =>
  retentionHttp.retentionAnswer.parse((await new Caller(archive.url, archive.token).get(`/packages/${id}/retention`)).json());

/** Sweeps under the program's older name, as the success scenario spells it. */
async function swept(): Promise<SweepAnswer> {
  const run = await runCommandLine(archive, ['retention', 'sweep', '--json'], 'artifactstore');
  expect(run.code).toBe(0);
  return retentionHttp.sweepAnswer.parse(run.json());
}

/** Pushes a guide-board run directory. */
async function archived(runId: string): Promise<string> {
  const run = mkdtempSync(path.join(tmpdir(), 'guide-board-'));
  try {
    mkdirSync(path.join(run, 'reports'));
    writeFileSync(path.join(run, 'run.json'), JSON.stringify({ run_id: runId, result_status: 'passed' }));
    writeFileSync(path.join(run, 'reports', 'findings.json'), '[]');
    const fixed = ['--repository', 'acme/guide-board', '--name', 'guide-board-run', '--run-id', runId];
    const receipt = await told('push', run, ...fixed, '--retention-class', 'release-evidence');
    return (receipt as { readonly package_id: string }).package_id;
  } finally {
    rmSync(run, { recursive: true, force: true });
  }
}

const kept = { retention_class: 'release-evidence', eligible_for_deletion: false, eligible_since: null, held: false, holds: 0 };
const shortTypes = (events: readonly EventAnswer[]): readonly string[] => events.map(({ type }) => type.replace('v1.retention.', ''));

describe('RET-20: a guide-board run as release evidence, extended once, held for a quarter, released, swept, eligible', () => {
  beforeEach(() => time.set(start));

  it('held in the middle of its time: the sweep after the expiry marks it, once', async () => {
    const id = await archived('gb-2026-11');
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(expiry) });
    expect((await log(id)).map(({ type, payload }) => [type, payload])).toEqual([
      ['v1.retention.default_applied', { retention_class: 'release-evidence', expires_at: day(expiry) }],
    ]);

    time.set(day(100));
    await told('extend', id, '--until', day(extendedExpiry), '--reason', 'the product is supported a year longer');
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(extendedExpiry) });
    expect((await log(id)).at(-1)).toMatchObject({
      type: 'v1.retention.extended',
      time: day(100),
      reason: 'the product is supported a year longer',
      payload: { previous_expires_at: day(expiry), new_expires_at: day(extendedExpiry), extended_at: day(100) },
    });

    time.set(day(1000));
    const { hold_id: holdId } = (await told('hold', id, '--reason', 'quarterly audit')) as { readonly hold_id: string };
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(extendedExpiry), held: true, holds: 1 });
    expect((await log(id)).at(-1)).toMatchObject({
      type: 'v1.retention.hold_applied',
      reason: 'quarterly audit',
      payload: { hold_id: holdId, applied_at: day(1000) },
    });

    time.set(day(1091));
    await told('release', id, holdId, '--reason', 'audit closed');
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(extendedExpiry) });
    expect((await log(id)).at(-1)).toMatchObject({
      type: 'v1.retention.hold_released',
      reason: 'audit closed',
      payload: { hold_id: holdId, released_at: day(1091), remaining_holds: 0 },
    });

    // The original expiry means nothing any more.
    time.set(day(expiry + 1));
    expect((await swept()).marked_package_ids).not.toContain(id);
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(extendedExpiry) });

    time.set(day(extendedExpiry));
    expect(await swept()).toEqual({ now: day(extendedExpiry), dry_run: false, marked_package_ids: [id], marked_count: 1 });
    expect(await swept()).toMatchObject({ marked_package_ids: [], marked_count: 0 });
    const eligible = { ...kept, current_expires_at: day(extendedExpiry), eligible_for_deletion: true, eligible_since: day(extendedExpiry) };
    expect(await row(id)).toEqual(eligible);
    const events = await log(id);
    expect(shortTypes(events)).toEqual(['default_applied', 'extended', 'hold_applied', 'hold_released', 'deletion_eligible']);
    expect(events.at(-1)?.payload).toEqual({ as_of: day(extendedExpiry), expires_at: day(extendedExpiry) });

    // The sweep marks and deletes nothing; the history says all of it again, and the state as of the audit is still known.
    expect(await told('retention', 'history', id)).toEqual(events);
    expect(await told('retention', 'why', id)).toMatchObject({ eligible_for_deletion: true, active_holds: [] });
    expect(await told('retention', 'why', id, '--as-of', day(1050))).toMatchObject({
      eligible_for_deletion: false,
      active_holds: [{ hold_id: holdId, reason: 'quarterly audit' }],
    });
    expect(await told('verify', id, '--download')).toMatchObject({ verified: true });
  }, 120_000);

  it('held beyond its expiry: not eligible while the hold lasts; its release marks it, and the sweep has nothing to add', async () => {
    const id = await archived('gb-2026-12');
    await told('extend', id, '--until', day(extendedExpiry), '--reason', 'support');
    time.set(day(extendedExpiry - 30));
    const { hold_id: holdId } = (await told('hold', id, '--reason', 'quarterly audit')) as { readonly hold_id: string };
    time.set(day(extendedExpiry + 30));
    expect((await swept()).marked_package_ids).not.toContain(id);
    expect(await row(id)).toEqual({ ...kept, current_expires_at: day(extendedExpiry), held: true, holds: 1 });
    expect((await explained(id)).reasons.map(({ code }) => code)).toEqual(['held', 'expired']);

    time.set(day(extendedExpiry + 61));
    await told('release', id, holdId, '--reason', 'audit closed');
    const eligible = {
      ...kept,
      current_expires_at: day(extendedExpiry),
      eligible_for_deletion: true,
      eligible_since: day(extendedExpiry + 61),
    };
    expect(await row(id)).toEqual(eligible);
    expect((await swept()).marked_package_ids).not.toContain(id);
    expect(await row(id)).toEqual(eligible);
    expect(shortTypes(await log(id))).toEqual(['default_applied', 'extended', 'hold_applied', 'hold_released', 'deletion_eligible']);
    expect(await explained(id)).toMatchObject({ eligible_for_deletion: true, active_holds: [], next_change_at: null });
  }, 120_000);
});
