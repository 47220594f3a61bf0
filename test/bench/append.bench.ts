import { randomUUID } from 'node:crypto';
import type { Append } from '@muniment/application';
import { createPackage, defaultRetentionClasses, instantOf } from '@muniment/domain';
import { Postgres } from '@muniment/postgres';
import pg from 'pg';
import { startPostgres } from '../stack/postgres.js';
import { interleaved, median, report, wallSeconds } from './paired-runs.js';

/**
 * Goal G10: appending through the event log against the very same prepared statements through bare pg. Each append makes a new package: two events and
 * two view rows, durable (fsync on). The bare side is given finished values, so the difference is all that the log does around the statement: encode,
 * digest, project, build the text, look for conflicts.
 */
const appends = Number(process.env['MUNIMENT_BENCH_APPENDS'] ?? 2_000);
const repetitions = 5;
const now = instantOf(new Date('2026-03-01T12:00:00.000Z'));

const server = await startPostgres({ settings: {} });
const connections = 32;
const postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: connections });
const bare = new pg.Pool({ connectionString: server.serviceUrl, max: connections });
// A connection that is still closing when the server stops is no failure.
bare.on('error', () => undefined);

function newPackage(): Append {
  const id = randomUUID();
  const description = {
    package_id: id,
    repository: 'acme/widgets',
    name: 'wheelhouse',
    kind: 'wheelhouse',
    version: '1.4.0',
    producer: 'ci',
    subject: 'refs/tags/v1.4.0',
    run: { id: '4711', attempt: 1, commit: 'c0ffee'.repeat(6), ref: 'refs/tags/v1.4.0', url: 'https://ci.example/runs/4711' },
    metadata: { python: '3.12', platform: 'linux-x64' },
  };
  const facts = createPackage({ description, retentionClass: 'raw-evidence' }, defaultRetentionClasses, { now });
  return { subject: { kind: 'package', id }, expectedRevision: 0, facts, attribution: { actor: 'token:bench', time: now } };
}

/** The statements that the log would send, caught on their way to the pool. */
async function statementsOf(all: readonly Append[]): Promise<readonly pg.QueryConfig[]> {
  const caught: pg.QueryConfig[] = [];
  const { pool } = postgres.database;
  Object.defineProperty(pool, 'query', {
    configurable: true,
    value: (statement: pg.QueryConfig) => {
      caught.push(statement);
      return Promise.resolve({ rows: [] });
    },
  });
  for (const append of all) await postgres.log.append(append);
  Reflect.deleteProperty(pool, 'query');
  return caught;
}

async function each<Item>(items: readonly Item[], concurrency: number, act: (item: Item) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function rate(work: () => Promise<void>): Promise<number> {
  return appends / (await wallSeconds(work));
}

async function throughLog(concurrency: number): Promise<number> {
  const all = Array.from({ length: appends }, newPackage);
  return rate(() => each(all, concurrency, (append) => postgres.log.append(append)));
}

async function throughPg(concurrency: number): Promise<number> {
  const statements = await statementsOf(Array.from({ length: appends }, newPackage));
  return rate(() => each(statements, concurrency, (statement) => bare.query(statement)));
}

try {
  for (const concurrency of [8, 32]) {
    // opens the connections and plans the statement on each
    await throughLog(concurrency);
    await throughPg(concurrency);
    const runs = await interleaved({ log: () => throughLog(concurrency), pg: () => throughPg(concurrency) }, repetitions);
    const detail = `median per second: log ${Math.round(median(runs.map((r) => r.log)))}, bare pg ${Math.round(median(runs.map((r) => r.pg)))}`;
    const ratios = runs.map((r) => r.log / r.pg);
    report(`G10 append through the log, rate relative to bare pg, c=${concurrency}`, ratios, { min: 0.9 }, 'ratio', detail);
  }
} finally {
  await bare.end();
  await postgres.close();
  await server.stop();
}
