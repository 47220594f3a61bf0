import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@muniment/postgres';
import { requestJob } from '@muniment/contracts';
import type { QueueConfig } from '@muniment/queue';
import { durableJobQueueSuite, eventually, jobQueueSuite, weigh } from '@muniment/testing';
import pg from 'pg';
import { QueueBench } from './queue-bench.js';

const directory = mkdtempSync(path.join(tmpdir(), 'muniment-queue-'));
let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: directory, settings: { fsync: 'off' } });
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function query<Row extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A database of its own is an empty queue. */
async function emptyQueue(): Promise<QueueConfig> {
  const name = `queue_${randomUUID().replaceAll('-', '')}`;
  await query(server.url, `CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    MUNIMENT_QUEUE_BACKEND: 'postgres',
    MUNIMENT_DATABASE_URL: url.href,
    MUNIMENT_QUEUE_PREFIX: 'muniment',
    MUNIMENT_JOB_LOCK_MS: 3000,
  };
}

async function failureIn(config: QueueConfig, lane: string, id: string): Promise<string | null> {
  const text = "SELECT failed_reason FROM bullmq.job WHERE queue = $1 AND id = $2 AND state = 'failed'";
  const rows = await query<{ failed_reason: string }>(config.MUNIMENT_DATABASE_URL ?? '', text, [lane, id]);
  return rows[0]?.failed_reason ?? null;
}

const add = (parcel: string) => requestJob(weigh, { parcel, grams: 1 }, null);
const open = async () => QueueBench.open(await emptyQueue(), failureIn);

jobQueueSuite('Postgres', open);
durableJobQueueSuite('Postgres', open);

describe('the job queue on Postgres', () => {
  it('keeps its generation over restarts, and has another one when its schema is lost', async () => {
    const config = await emptyQueue();
    const first = await QueueBench.open(config, failureIn);
    const generation = await first.queue.generation();
    await first.dispose();
    const second = await QueueBench.open(config, failureIn);
    expect(await second.queue.generation()).toBe(generation);
    await second.dispose();
    await query(config.MUNIMENT_DATABASE_URL ?? '', 'DROP SCHEMA bullmq CASCADE');
    const third = await QueueBench.open(config, failureIn);
    expect(await third.queue.generation()).not.toBe(generation);
    await third.dispose();
  });

  it('brings its schema up once when many processes start together', async () => {
    const config = await emptyQueue();
    const benches = await Promise.all([1, 2, 3, 4].map(() => QueueBench.open(config, failureIn)));
    const generations = await Promise.all(benches.map((bench) => bench.queue.generation()));
    expect(new Set(generations).size).toBe(1);
    for (const bench of benches) await bench.dispose();
  });

  it('goes on when all its connections are cut while a job runs', async () => {
    const config = await emptyQueue();
    const bench = await QueueBench.open(config, failureIn);
    const done: string[] = [];
    let running = false;
    let release: () => void = () => undefined;
    const handler = (_payload: unknown, context: { readonly jobId: string }) => {
      if (context.jobId !== 'suite-weigh.before') return;
      running = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    };
    await bench.work([[weigh, handler]], (attempt) => void done.push(attempt.jobId));
    await bench.queue.enqueue([add('before')]);
    await eventually('the job to begin', () => Promise.resolve(running));
    const cut = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
    await query(server.url, cut, [new URL(config.MUNIMENT_DATABASE_URL ?? '').pathname.slice(1)]);
    release();
    await eventually('the queue to answer again', () =>
      bench.queue.enqueue([add('after')]).then(
        () => true,
        () => false,
      ),
    );
    await eventually('both jobs to end', () => Promise.resolve(done.includes('suite-weigh.before') && done.includes('suite-weigh.after')));
    await bench.dispose();
  }, 60_000);

  it('has no eviction to warn of', async () => {
    const bench = await open();
    expect(await bench.queue.checkEvictionPolicy()).toBeNull();
    await bench.dispose();
  });
});
