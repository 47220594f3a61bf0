import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { proveConsistency, ReadLogTree } from '@muniment/application';
import { createPackage, defaultRetentionClasses, instantOf } from '@muniment/domain';
import {
  checkLogProof,
  checkpointText,
  ed25519Signer,
  growTiles,
  growingTiles,
  leafHash,
  logEntry,
  signNote,
  tileKey,
  writeTlogProof,
  type Hash,
  type LoggedEvent,
  type Tile,
} from '@muniment/formats';
import { Postgres } from '@muniment/postgres';
import pg from 'pg';
import { startArchive } from '../stack/archive.js';
import { startPostgres } from '../stack/postgres.js';
import { report } from './paired-runs.js';

/**
 * Goals of the signed log: how long after its append an event is covered by a checkpoint, while 2,000 events arrive in each second (a real signer
 * process sequences, grows and signs; fsync on); and how long a proof takes in a log of 10,000,000 events.
 */
const rate = 2_000;
const seconds = Number(process.env['MUNIMENT_BENCH_SECONDS'] ?? 20);
const leaves = Number(process.env['MUNIMENT_BENCH_LEAVES'] ?? 10_000_000);
const now = instantOf(new Date('2026-03-01T12:00:00.000Z'));

await checkpointLag();
await proofTime();

async function checkpointLag(): Promise<void> {
  const archive = await startArchive({ services: ['signer'], databaseSettings: {} });
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: archive.environment['MUNIMENT_DATABASE_URL'] ?? '', MUNIMENT_DATABASE_POOL: 16 });
  const watcher = new pg.Client({ connectionString: archive.ownerUrl });
  await watcher.connect();
  try {
    const before = Number((await postgres.database.pool.query<{ n: string }>('select count(*) as n from events')).rows[0]?.n);
    /** When the n-th event was committed, and when the first checkpoint covered it. */
    const [committed, covered]: [number[], number[]] = [[], []];
    let isDone = false;
    const watching = (async () => {
      while (!isDone || covered.length < committed.length) {
        const { rows } = await watcher.query<{ size: string | null }>('select max(size) as size from log_checkpoints');
        const at = performance.now();
        while (covered.length < Math.min(Number(rows[0]?.size ?? 0) - before, committed.length)) covered.push(at);
        await pause(10);
      }
    })();
    const start = performance.now();
    const appended: Promise<void>[] = [];
    // Two events each; so many per tick that the rate holds whatever the timer does.
    for (let n = 0; n < (rate / 2) * seconds; ) {
      const due = Math.min(((performance.now() - start) * rate) / 2 / 1000, (rate / 2) * seconds);
      for (; n < due; n++) appended.push(appendPackage(postgres).then(() => void committed.push(performance.now(), performance.now())));
      await pause(5);
    }
    await Promise.all(appended);
    const reached = Math.round((committed.length / (performance.now() - start)) * 1000);
    isDone = true;
    await watching;
    const lags = committed.map((at, i) => Math.max(0, (covered[i] ?? Infinity) - at)).sort((a, b) => a - b);
    const at = (share: number): number => (lags[Math.floor(lags.length * share)] ?? NaN) / 1000;
    const detail = `${committed.length} events at ${reached}/s, the n-th commit taken for event n`;
    report('checkpoint after append, p50', [at(0.5)], null, 's', detail);
    report('checkpoint after append, p99', [at(0.99)], { max: 2 }, 's', detail);
  } finally {
    await watcher.end();
    await postgres.close();
    await archive.stop();
  }
}

async function appendPackage(postgres: Postgres): Promise<void> {
  const id = randomUUID();
  const description = {
    package_id: id,
    repository: 'acme/widgets',
    name: 'bench',
    kind: 'other',
    version: null,
    producer: 'ci',
    subject: null,
  } as const;
  const command = { description: { ...description, run: null, metadata: {} }, retentionClass: 'raw-evidence' };
  const facts = createPackage(command, defaultRetentionClasses, { now });
  await postgres.log.append({
    subject: { kind: 'package', id },
    expectedRevision: 0,
    facts,
    attribution: { actor: 'token:bench', time: now },
  });
}

/** Every leaf is in the tree, and every event has its rows; only those that are asked for hold what their leaf was made of. */
async function proofTime(): Promise<void> {
  const server = await startPostgres({ settings: { fsync: 'off', max_wal_size: '4GB' } });
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 4 });
  const signer = ed25519Signer('bench.example/log', generateKeyPairSync('ed25519').privateKey);
  try {
    const asked = new Map(Array.from({ length: 500 }, () => sampled(1 + Math.floor(Math.random() * leaves))));
    await storeOthers(server.ownerUrl, [...asked.keys()]);
    await storeEvents(server.ownerUrl, [...asked.values()]);
    await storeTree(server.ownerUrl, asked);
    const { root } = await proveConsistency(postgres.tree, leaves, []);
    const note = await signNote(checkpointText({ origin: signer.name, size: leaves, root }), [signer]);
    await postgres.signedCheckpoints.add({ size: leaves, root, note, signedAt: now });
    const reader = new ReadLogTree(postgres.tree, postgres.signedCheckpoints);
    const times: number[] = [];
    for (const sequence of asked.keys()) {
      const start = performance.now();
      const { index, hashes, entry, checkpoint } = await reader.inclusion(sequence);
      const proof = writeTlogProof({ index, hashes, checkpoint, extra: entry });
      times.push(performance.now() - start);
      if (checkLogProof(proof, [signer]).sequence !== sequence) throw new Error('a proof of another event');
    }
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)] ?? NaN;
    report('proof of an event, p50', [at(0.5)], null, 'ms', `log of ${leaves} events, ${times.length} proofs at random, each checked`);
    report('proof of an event, p99', [at(0.99)], { max: 20 }, 'ms', `slowest ${times.at(-1)?.toFixed(1)} ms`);
  } finally {
    await postgres.close();
    await server.stop();
  }
}

function sampled(sequence: number): readonly [number, LoggedEvent] {
  const event = { sequence: BigInt(sequence), type: 'v1.package.created', time: now, actor: 'token:bench', revision: 1, reason: null };
  return [sequence, { ...event, subject: { kind: 'package', id: randomUUID() }, payloadDigest: 'ab'.repeat(32) }];
}

/** Rows of the events that nobody asks for: they make tables and indexes as large and as deep as they would be. */
async function storeOthers(ownerUrl: string, asked: readonly number[]): Promise<void> {
  const step = 500_000;
  await asOwner(ownerUrl, async (client) => {
    for (let from = 1; from <= leaves; from += step) {
      await client.query(
        `with e as (insert into events (id, type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
         select n, 'v1.package.created', $1::timestamptz, 'token:bench', 'package', gen_random_uuid(), 1, '\\xa0', sha256(int8send(n))
         from generate_series($2::bigint, $3::bigint) n where n <> all($4::bigint[]) returning id)
         insert into event_sequence select id, id from e`,
        [now, from, Math.min(leaves, from + step - 1), asked],
      );
    }
  });
}

async function storeEvents(ownerUrl: string, events: readonly LoggedEvent[]): Promise<void> {
  await asOwner(ownerUrl, async (client) => {
    for (const { sequence, type, time, actor, subject, payloadDigest } of events) {
      const values = [sequence.toString(), type, time, actor, subject.kind, subject.id, Buffer.from(payloadDigest, 'hex')];
      await client.query(
        `with e as (insert into events (id, type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
         values ($1::bigint, $2, $3, $4, $5, $6, 1, '\\xa0', $7) returning id) insert into event_sequence select id, id from e`,
        values,
      );
    }
  });
}

async function storeTree(ownerUrl: string, asked: ReadonlyMap<number, LoggedEvent>): Promise<void> {
  await asOwner(ownerUrl, async (client) => {
    const step = 256 * 500;
    let edge: readonly Tile[] = [];
    for (let size = 0; size < leaves; size = Math.min(leaves, size + step)) {
      const fresh = Array.from({ length: Math.min(step, leaves - size) }, (_, i) => leafOf(size + i + 1, asked));
      const tiles = growTiles(size, edge, fresh);
      const next = new Set(growingTiles(size + fresh.length).map(tileKey));
      edge = [...new Map([...edge, ...tiles].map((tile) => [tileKey(tile), tile])).values()].filter((tile) => next.has(tileKey(tile)));
      await client.query(
        `insert into log_tiles select * from unnest($1::int[], $2::bigint[], $3::bytea[])
         on conflict (level, index) do update set hashes = excluded.hashes`,
        [tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ hashes }) => hashes)],
      );
    }
    await client.query('update log_tree set size = $1', [leaves]);
    await client.query('analyze');
  });
}

function leafOf(sequence: number, asked: ReadonlyMap<number, LoggedEvent>): Hash {
  const event = asked.get(sequence);
  return leafHash(event === undefined ? Buffer.from(String(sequence)) : logEntry(event));
}

async function asOwner(ownerUrl: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
