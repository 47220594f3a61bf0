import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { instantOf, parseSha256, type DomainEvent, type Subject } from '@muniment/domain';
import {
  goldenAttribution,
  goldenCollectionId,
  goldenEvents,
  goldenPackageId,
  ingestedFile,
  receivedFile,
  refusedFile,
} from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';
import { checkLog } from './check-log.js';
import { rebuildViews } from './rebuild-views.js';

let server: ScratchServer;
beforeAll(async () => {
  server = await startScratchServer();
}, 120_000);
afterAll(() => server.stop());

let database: ScratchDatabase;
let postgres: Postgres;
let packageId: string;
beforeEach(async () => {
  await postgres?.close();
  database = await server.migrated();
  postgres = openPostgres(database.serviceUrl);
  packageId = await someHistory();
}, 60_000);
afterAll(() => postgres.close());

/** One event of every type, content that two packages share with the later one verified earlier, a refusal, and a file sent again. */
async function someHistory(): Promise<string> {
  for (const [index, fact] of goldenFacts('package').entries()) await appendGolden('package', goldenPackageId, index, fact);
  for (const [index, fact] of goldenFacts('collection').entries()) await appendGolden('collection', goldenCollectionId, index, fact);
  const keyId = randomUUID();
  for (const [index, fact] of goldenFacts('key').entries()) await appendGolden('key', keyId, index, fact);
  const [one, two] = [await newPackage(postgres), await newPackage(postgres, 'acme/gadgets')];
  const sha256 = parseSha256('c0'.repeat(32));
  const verified = (day: number) => ({ sha256, verified_at: instantOf(new Date(Date.UTC(2026, 2, day))) });
  await append(postgres, one, 2, [ingestedFile(randomUUID(), verified(9))]);
  await append(postgres, two, 2, [ingestedFile(randomUUID(), verified(7))]);
  const [first, again] = [receivedFile(randomUUID(), { path: 'x' }), receivedFile(randomUUID(), { path: 'x' })];
  await append(postgres, one, 3, [first]);
  await append(postgres, one, 4, [refusedFile(first.payload.file_id, { path: 'x' })]);
  await append(postgres, one, 5, [again]);
  await sequenceAll(postgres);
  return one;
}

function goldenFacts(kind: Subject['kind']): readonly DomainEvent[] {
  const subjectOf = (type: string): Subject['kind'] =>
    type.startsWith('v1.collection.') ? 'collection' : type.startsWith('v1.key.') ? 'key' : 'package';
  return Object.values(goldenEvents).filter(({ type }) => subjectOf(type) === kind);
}

async function appendGolden(kind: Subject['kind'], id: string, expectedRevision: number, fact: DomainEvent): Promise<void> {
  await postgres.log.append({ subject: { kind, id }, expectedRevision, facts: [fact], attribution: goldenAttribution });
}

/** What only an owner who means it can do. */
function tamper(sql: string): Promise<unknown> {
  const off = ['events', 'event_sequence'].map((t) => `alter table ${t} disable trigger all;`).join('');
  const on = ['events', 'event_sequence'].map((t) => `alter table ${t} enable trigger all;`).join('');
  return once(database.ownerUrl, `begin; ${off} ${sql}; ${on} commit`);
}

describe('rebuilding the views', () => {
  it('gives the rows that appends made, byte for byte', async () => {
    const report = await rebuildViews(database.ownerUrl, { verify: true });
    expect(report).toMatchObject({ identical: true, replaced: false });
    expect(report.views.map((v) => v.view)).toEqual([
      'packages',
      'files',
      'blobs',
      'blob_references',
      'retention_state',
      'retention_holds',
      'collections',
      'attestation_due',
      'signature_due',
      'evidence',
      'signing_keys',
    ]);
    expect(report.views.filter(({ rows }) => rows === 0).map(({ view }) => view)).toEqual([]);
  });

  it.each([
    ['packages', "update packages set name = 'other' where id = $1"],
    ['files', "update files set phase = 'ingested' where package_id = $1"],
    ['files', 'delete from files where package_id = $1'],
    ['blobs', "update blobs set first_verified_at = first_verified_at + interval '1 ms' where $1 <> ''"],
    ['blob_references', "update blob_references set repository = 'evil/corp' where package_id = $1"],
    ['retention_state', 'update retention_state set eligible_for_deletion = true where package_id = $1'],
  ])('finds a tampered row of %s and puts it right: %s', async (view, sql) => {
    await once(database.serviceUrl, sql.replace('$1', `'${packageId}'`));
    const found = await rebuildViews(database.ownerUrl, { verify: true });
    expect(found.identical).toBe(false);
    expect(found.views.filter((v) => !v.identical).map((v) => v.view)).toEqual([view]);
    expect(await rebuildViews(database.ownerUrl, { verify: false })).toMatchObject({ identical: false, replaced: true });
    expect(await rebuildViews(database.ownerUrl, { verify: true })).toMatchObject({ identical: true });
    await append(postgres, packageId, 6, [receivedFile(randomUUID(), { path: 'after' })]);
  });

  it('goes on beside writers, and nothing of what they append meanwhile is lost', async () => {
    const writing = Array.from({ length: 6 }, () => newPackage(postgres));
    const rebuilt = await Promise.all([rebuildViews(database.ownerUrl, { verify: false }), ...writing]);
    expect(rebuilt[0].replaced).toBe(true);
    expect(await rebuildViews(database.ownerUrl, { verify: true })).toMatchObject({ identical: true });
    expect(await once(database.ownerUrl, 'select count(*)::int as n from packages')).toEqual([{ n: 9 }]);
  });
});

describe('checking the log', () => {
  const failed = async () => (await checkLog(database.ownerUrl)).checks.filter((c) => !c.ok);

  it('finds nothing wrong with a log nobody touched', async () => {
    const report = await checkLog(database.ownerUrl);
    expect(report).toMatchObject({ ok: true, unsequenced: 0 });
    expect(report.head).toBe(report.events);
  });

  it('finds an edited payload', async () => {
    const edit = 'payload = set_byte(payload, length(payload) - 1, 1 + get_byte(payload, length(payload) - 1))';
    await tamper(`update events set ${edit} where subject_id = '${packageId}' and revision = 3`);
    const [row] = await once(database.ownerUrl, 'select id::text from events where subject_id = $1 and revision = 3', [packageId]);
    expect(await failed()).toEqual([{ check: 'digests', ok: false, detail: `rows ${String(row?.['id'])}` }]);
  });

  it('finds a payload that is not canonical, though its digest was made to fit', async () => {
    // {"a": 1} with the length of the key in two bytes
    await tamper(
      `update events set payload = '\\xa1780161 01'::bytea, payload_digest = sha256('\\xa1780161 01') where id = 1`.replaceAll(' 01', '01'),
    );
    expect((await failed()).map((c) => c.check)).toEqual(['canonical']);
  });

  it('finds a removed event', async () => {
    const row = `(select id from events where subject_id = '${packageId}' and revision = 4)`;
    await tamper(`delete from event_sequence where event_id = ${row}; delete from events where id = ${row}`);
    expect((await failed()).map((c) => c.check)).toEqual(['gapless', 'streams-whole']);
  });

  it('finds a gap in the order', async () => {
    await tamper('update event_sequence set sequence = sequence + 100 where sequence > 5');
    expect((await failed()).map((c) => c.check)).toEqual(['gapless']);
  });

  it('finds a removed tail, also when the head was moved back', async () => {
    await tamper('delete from event_sequence where sequence > 5');
    expect((await failed()).map((c) => c.check)).toEqual(['gapless']);
    await once(database.ownerUrl, 'update log_head set sequence = 5');
    // now it looks like a log whose sequencer is late
    expect((await checkLog(database.ownerUrl)).unsequenced).toBeGreaterThan(0);
  });

  it('finds streams out of order', async () => {
    await tamper(`with pair as (
        select e.id, s.sequence, lag(s.sequence) over (order by e.revision) as before, lead(s.sequence) over (order by e.revision) as after, e.revision
        from events e join event_sequence s on s.event_id = e.id where e.subject_id = '${packageId}' and e.revision in (3, 4))
      update event_sequence s set sequence = -coalesce(p.before, p.after) from pair p where s.event_id = p.id;
      update event_sequence set sequence = -sequence where sequence < 0`);
    expect((await failed()).map((c) => c.check)).toEqual(['streams-ordered']);
  });
});
