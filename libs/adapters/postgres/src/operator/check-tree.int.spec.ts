import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SignCheckpoint } from '@muniment/application';
import { ed25519Signer, parseVerifierKey, verifierKey } from '@muniment/formats';
import { RememberedCheckpoint, SettableClock } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';
import { checkLog } from './check-log.js';

const signer = ed25519Signer('archive.example/log', generateKeyPairSync('ed25519').privateKey);
const stranger = ed25519Signer('archive.example/log', generateKeyPairSync('ed25519').privateKey);
const key = parseVerifierKey(verifierKey(signer));

let server: ScratchServer;
let template: string;
/** What somebody wrote down, far from the database, when the log had 400 events. */
let kept: string;
/** The signer's own memory at the end. */
let memory: RememberedCheckpoint;
beforeAll(async () => {
  server = await startScratchServer();
  const database = await server.migrated();
  template = new URL(database.ownerUrl).pathname.slice(1);
  const postgres = openPostgres(database.serviceUrl);
  memory = new RememberedCheckpoint();
  for (const packages of [200, 100, 50]) {
    for (let n = 0; n < packages; n++) await newPackage(postgres);
    await sequenceAll(postgres);
    await growAndSign(postgres);
    if (packages === 200) kept = memory.note ?? '';
  }
  await postgres.close();
}, 180_000);
afterAll(() => server.stop());

async function growAndSign(postgres: Postgres) {
  const { tree, signedCheckpoints: checkpoints } = postgres;
  while ((await tree.grow(150))?.added !== 0);
  return new SignCheckpoint({ tree, checkpoints, memory, signers: () => [signer], clock: new SettableClock() }).execute();
}

/** A copy for each test. */
let database: ScratchDatabase;
let copies = 0;
beforeEach(async () => {
  const admin = (await server.empty()).replace(/\/[^/]+$/, '/postgres');
  const name = `tampered_${++copies}`;
  await once(admin, `create database ${name} template ${template}`);
  const ownerUrl = admin.replace(/\/postgres$/, `/${name}`);
  database = { ownerUrl, serviceUrl: ownerUrl };
}, 60_000);

/** As an owner who has switched the triggers off. */
const tamper = (sql: string) => once(database.ownerUrl, `set session_replication_role = 'replica'; ${sql}`);
const event = (sequence: number): string => `(select event_id from event_sequence where sequence = ${sequence})`;
async function failures(notes: readonly string[] = [], keys = [key]): Promise<Readonly<Record<string, string>>> {
  const evidence = { keys, kept: notes.map((note, i) => ({ name: `kept-${i}`, note })) };
  const report = await checkLog(database.ownerUrl, evidence);
  const failed = report.checks.filter(({ ok }) => !ok).map(({ check, detail }) => [check, detail] as const);
  expect(report.ok).toBe(failed.length === 0);
  return Object.fromEntries(failed);
}
/** The tree grown anew over what the events are now, and signed by whoever has the key: a thorough intruder. */
async function rebuildTheTree(withKey = signer): Promise<void> {
  await tamper('delete from log_cosignatures; delete from log_checkpoints; delete from log_tiles; update log_tree set size = 0');
  const postgres = openPostgres(database.ownerUrl);
  const { tree, signedCheckpoints: checkpoints } = postgres;
  while ((await tree.grow(5_000))?.added !== 0);
  const nothing = new RememberedCheckpoint();
  await new SignCheckpoint({ tree, checkpoints, memory: nothing, signers: () => [withKey], clock: new SettableClock() }).execute();
  await postgres.close();
}

describe('log check', () => {
  it('finds nothing wrong with a log that nobody touched', async () => {
    expect(await failures([kept, memory.note ?? ''])).toEqual({});
    const { checks } = await checkLog(database.ownerUrl, { keys: [key], kept: [{ name: 'kept', note: kept }] });
    expect(checks.slice(-5)).toEqual([
      { check: 'tree-whole', ok: true, detail: '700 entries' },
      { check: 'tree-entries', ok: true, detail: 'every event' },
      { check: 'tree-tiles', ok: true, detail: 'every tile' },
      { check: 'checkpoints', ok: true, detail: '3 checked' },
      { check: 'kept-checkpoints', ok: true, detail: '1 checked' },
    ]);
  });

  it('uses the keys the archive announced when none is given, and says when there is none', async () => {
    expect(await failures([], [])).toEqual({ checkpoints: expect.stringContaining('no signature by a trusted key') });
    const spki = signer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await tamper(`insert into signing_keys (id, revision, key_id, name, purpose, algorithm, public_key, announced_at)
      values (gen_random_uuid(), 1, 'SHA256:x', 'archive.example/log', 'log', 'ed25519', '${spki}', now())`);
    expect(await failures([], [])).toEqual({});
  });

  it.each([
    ['an actor', `update events set actor = 'token:somebody' where id = ${event(311)}`, 311],
    ['a time', `update events set time = time + interval '1 ms' where id = ${event(1)}`, 1],
    ['a reason', `update events set reason = 'because' where id = ${event(700)}`, 700],
    ['a type', `update events set type = 'v1.package.finalized' where id = ${event(256)}`, 256],
    ['a digest', `update events set payload = '\\xa0', payload_digest = sha256('\\xa0') where id = ${event(257)}`, 257],
  ])('names the event when %s is edited', async (_, sql, sequence) => {
    await tamper(sql);
    expect(await failures()).toMatchObject({ 'tree-entries': `events were changed: edited ${sequence}`, checkpoints: expect.any(String) });
  });

  it('finds a payload that no longer is what its digest says, in the tree', async () => {
    await tamper(`update events set payload = '\\xa0' where id = ${event(5)}`);
    expect(await failures()).toEqual({ digests: expect.stringContaining('rows') });
  });

  it('names an event that was removed', async () => {
    await tamper(`delete from event_sequence where sequence = 123`);
    expect(await failures()).toMatchObject({ 'tree-entries': 'events were changed: removed 123', gapless: expect.any(String) });
  });

  it('names an event that was removed though the others were renumbered to hide it', async () => {
    await tamper(`delete from event_sequence where sequence = 300; update event_sequence set sequence = -sequence where sequence > 300;
      update event_sequence set sequence = -sequence - 1 where sequence < 0; update log_head set sequence = 699`);
    const failed = await failures();
    expect(failed['tree-entries']).toMatch(/^events were changed: removed 300, renumbered from 300 on/);
    expect(failed['tree-entries']).toMatch(/removed 700$/);
  });

  it('names an event that was put in', async () => {
    await tamper(`update event_sequence set sequence = -sequence where sequence >= 300;
      update event_sequence set sequence = -sequence + 1 where sequence < 0;
      with forged as (insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
        values ('v1.retention.hold_released', now(), 'token:x', 'package', gen_random_uuid(), 1, '\\xa0', sha256('\\xa0')) returning id)
      insert into event_sequence (sequence, event_id) select 300, id from forged; update log_head set sequence = 701`);
    expect((await failures())['tree-entries']).toMatch(/^events were changed: inserted 300, renumbered from 301 on$/);
  });

  it('names two events that changed places', async () => {
    await tamper(`update event_sequence set sequence = -1 where sequence = 40; update event_sequence set sequence = 40 where sequence = 41;
      update event_sequence set sequence = 41 where sequence = -1`);
    expect((await failures())['tree-entries']).toMatch(/^events were changed: .*renumbered from 40 on/);
  });

  it('tells a damaged tile from an edited event', async () => {
    const zeros = `decode(repeat('00', 32), 'hex')`;
    await tamper(`update log_tiles set hashes = ${zeros} || substring(hashes from 33) where level = 0 and index = 0`);
    expect(await failures()).toEqual({
      'tree-entries': 'the events are what was signed, their tiles were changed: edited 1',
      'tree-tiles': 'wrong: 0/0',
    });
    await tamper(`update log_tiles set hashes = ${zeros} || substring(hashes from 33) where level = 1`);
    expect((await failures())['tree-tiles']).toBe('wrong: 0/0, 1/0');
  });

  it.each([
    ['removed', 'delete from log_tiles where level = 0 and index = 1'],
    ['cut', 'update log_tiles set hashes = substring(hashes for 32) where level = 0 and index = 2'],
    ['put in', `insert into log_tiles values (3, 0, decode(repeat('00', 32), 'hex'))`],
  ])('sees a tile that was %s', async (_, sql) => {
    await tamper(sql);
    expect(await failures()).toHaveProperty('tree-whole');
  });

  it('sees a forged root, a foreign signature and a row that is not its note', async () => {
    await tamper(`update log_checkpoints set root = sha256('') where size = 400`);
    expect((await failures())['checkpoints']).toMatch(
      /checkpoint of 400: the row is not what its note says; checkpoint of 400: the events lead/,
    );
    expect(Object.keys(await failures([], [stranger]))).toEqual(['checkpoints']);
  });

  it('sees a history that was rewritten with tree and signatures, by a checkpoint that was kept elsewhere', async () => {
    await tamper(`update events set actor = 'token:somebody' where id = ${event(311)}`);
    await rebuildTheTree();
    // Whoever has the key and the database leaves no trace in the database itself,
    expect(await failures()).toEqual({});
    // and is found by everybody who kept a checkpoint.
    expect(await failures([kept])).toEqual({ 'kept-checkpoints': 'kept-0: the events lead to another root' });
    // Without the key not even that.
    await rebuildTheTree(stranger);
    expect(Object.keys(await failures())).toEqual(['checkpoints']);
  });

  it('sees that the end of the history was cut off, by a later checkpoint; and the signer refuses to sign what is left', async () => {
    await tamper(`delete from event_sequence where sequence > 500; update log_head set sequence = 500;
      delete from events e where not exists (select from event_sequence s where s.event_id = e.id)`);
    await rebuildTheTree();
    expect(await failures([kept])).toEqual({});
    expect(await failures([memory.note ?? ''])).toEqual({ 'kept-checkpoints': 'kept-0: it has 700 entries, the stored tree only 500' });
    const postgres = openPostgres(database.ownerUrl);
    await expect(growAndSign(postgres)).rejects.toThrow('a tree of 700 entries was signed, and the stored one has only 500');
    for (let n = 0; n < 101; n++) await newPackage(postgres);
    await sequenceAll(postgres);
    await expect(growAndSign(postgres)).rejects.toThrow('does not continue the signed one of 700 entries');
    await postgres.close();
  });

  it('gives the newest checkpoint that bears the cosignatures asked for, else the newest', async () => {
    const postgres = openPostgres(database.ownerUrl);
    const { signedCheckpoints } = postgres;
    const newest = async (least: number, ...by: string[]) =>
      (await checkLog(database.ownerUrl, { keys: [key], kept: [], wanted: { least, by } })).newest;
    const last = memory.note ?? '';
    expect((await checkLog(database.ownerUrl)).newest).toEqual({ size: 700, note: last });
    for (const name of ['w1', 'w2']) await signedCheckpoints.addCosignature(kept, name, `— ${name} AAAAAAAA\n`);
    await signedCheckpoints.addCosignature(last, 'w3', '— w3 AAAAAAAA\n');
    const cosigned = { size: 400, note: `${kept}— w1 AAAAAAAA\n— w2 AAAAAAAA\n` };
    expect([await newest(2, 'w1', 'w2', 'w3'), await newest(1, 'w2'), await newest(2)]).toEqual([cosigned, cosigned, cosigned]);
    const latest = { size: 700, note: `${last}— w3 AAAAAAAA\n` };
    expect([await newest(1), await newest(1, 'w3', 'w1'), await newest(3), await newest(1, 'w4')]).toEqual([
      latest,
      latest,
      latest,
      latest,
    ]);
    await postgres.close();
  });

  it('takes a kept checkpoint only with a signature by a known key', async () => {
    const forged = kept.replace('\n400\n', '\n399\n');
    expect(await failures([forged])).toEqual({ 'kept-checkpoints': 'kept-0: the signature by archive.example/log is wrong' });
    expect(await failures(['nonsense'])).toEqual({ 'kept-checkpoints': 'kept-0: not a signed note' });
  });
});
