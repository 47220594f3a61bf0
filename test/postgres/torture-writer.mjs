/**
 * One process of writers. Arguments: database URL of a service, of the owner, number of writers, milliseconds, package ids. Prints what it learnt as
 * JSON: appends it was told are done, raw transactions it was told are committed, and raw ones that certainly were not.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RevisionConflict } from '@muniment/application';
import { createPackage, defaultRetentionClasses } from '@muniment/domain';
import { encodeCbor, sha256Hex } from '@muniment/formats';
import { Postgres } from '@muniment/postgres';
import pg from 'pg';

const [serviceUrl, ownerUrl, writers, milliseconds, ...packages] = process.argv.slice(2);
const until = Date.now() + Number(milliseconds);
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: serviceUrl, MUNIMENT_DATABASE_POOL: Number(writers) });
const learnt = { done: [], committed: [], undone: [], conflicts: 0, lost: 0 };
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const contents = ['a1', 'b2', 'c3', 'd4', 'e5'].map((pair) => pair.repeat(32));

async function writer() {
  while (Date.now() < until) {
    const id = pick(packages);
    try {
      if (Math.random() < 0.8) await append(id);
      else await raw(id);
    } catch (error) {
      if (error instanceof RevisionConflict) learnt.conflicts++;
      else if (isLost(error)) learnt.lost++;
      else throw error;
    }
    await pause(Math.random() * 20);
  }
}

/** The connection was killed: nobody knows whether the statement happened. */
function isLost(error) {
  return error.code === '57P01' || /terminated|not queryable/i.test(error.message);
}

async function append(id) {
  const state = await postgres.states.package(id);
  const expectedRevision = state?.package.revision ?? 0;
  const facts = state === null ? openedPackage(id) : someFacts();
  const attribution = { actor: 'token:writer', time: new Date(Date.now() - Math.random() * 1000).toISOString() };
  const overlooks = Math.random() < 0.5 ? overlookedBy(facts) : {};
  const { revision } = await postgres.log.append({ subject: { kind: 'package', id }, expectedRevision, facts, attribution, ...overlooks });
  learnt.done.push([id, revision]);
}

/** As the gateway and the hasher do. */
function overlookedBy(facts) {
  if (facts.every(({ type }) => type === 'v1.file.received')) return { overlooks: 'v1.file.ingested' };
  return facts.every(({ type }) => type === 'v1.file.ingested') ? { overlooks: 'v1.file.received' } : {};
}

function openedPackage(package_id) {
  const description = {
    package_id,
    repository: 'acme/widgets',
    name: 'n',
    kind: null,
    version: null,
    producer: 'ci',
    subject: null,
    run: null,
    metadata: {},
  };
  return createPackage({ description, retentionClass: 'raw-evidence' }, defaultRetentionClasses, { now: '2026-03-01T12:00:00.000Z' });
}

function someFacts() {
  const path = `file-${Math.floor(Math.random() * 5)}`;
  const received = fact('received', { path, witness: 'stream', staging_key: 'staging/x', received_at: '2026-03-01T12:00:00.000Z' });
  const { file_id } = received.payload;
  const refused = {
    type: 'v1.file.refused',
    payload: { file_id, path, code: 'archive_corrupt', detail: 'x', refused_at: '2026-03-01T12:00:00.000Z' },
  };
  return pick([[received], [received, refused], [ingested()], [ingested(), ingested(), ingested()]]);
}

/** Content is shared by all packages, and who appends later may have verified it earlier. */
function ingested() {
  const made = { origin: 'upload', format: 'opaque', member_count: 0, members: null, wheel: null, backend: 'memory' };
  const verified_at = new Date(Date.UTC(2026, 2, 1 + Math.floor(Math.random() * 20))).toISOString();
  return fact('ingested', { ...made, path: `made-${randomUUID()}`, sha256: pick(contents), verified_at });
}

function fact(name, change) {
  const file = { file_id: randomUUID(), size: 12, sha256: contents[0], blake3: contents[1], media_type: 'x/y', declares: null };
  return { type: `v1.file.${name}`, payload: { ...file, ...change } };
}

/** A transaction that dawdles between its steps, and then commits, gives up, or is killed. Takes its transaction id before it knows its revision. */
async function raw(id) {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'torture-raw' });
  client.on('error', () => undefined);
  const actor = `raw:${randomUUID()}`;
  try {
    await client.connect();
    await client.query('begin');
    await client.query('select pg_current_xact_id()');
    await pause(Math.random() * 100);
    const { rows } = await client.query(
      `update retention_state set revision = revision + 1, revision_without_received = revision + 1, revision_without_ingested = revision + 1
       where package_id = $1 returning revision`,
      [id],
    );
    if (rows.length === 0) return await client.query('rollback');
    await pause(Math.random() * 150);
    const payload = {
      path: 'x',
      expected_sha256: contents[0],
      actual_sha256: contents[1],
      expected_size: 1,
      actual_size: 2,
      backend: 'raw',
    };
    const bytes = encodeCbor(payload);
    await client.query(
      `insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
       values ('v1.storage.corruption_detected', now(), $1, 'package', $2, $3, $4, $5)`,
      [actor, id, rows[0].revision, Buffer.from(bytes), Buffer.from(sha256Hex(bytes), 'hex')],
    );
    await pause(Math.random() * 50);
    if (Math.random() < 0.4) {
      await client.query('rollback');
      learnt.undone.push(actor);
    } else {
      await client.query('commit');
      learnt.committed.push(actor);
    }
  } catch (error) {
    if (error.code === '23505') learnt.conflicts++;
    else if (isLost(error)) learnt.lost++;
    else throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, writer));
await postgres.close();
process.stdout.write(JSON.stringify(learnt));
