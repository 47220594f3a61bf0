import { randomUUID } from 'node:crypto';
import { type BackendFactory, type IQueueBackend, Queue, createPostgresBackend } from 'bullmq';
import pg from 'pg';
import { AbandonableWorker } from './abandonable-worker.js';
import type { JobEnvelope } from './job-envelope.js';
import type { LaneProcessor, LaneQueue, LaneWorker, LaneWorkerOptions, QueueBackend } from './queue-backend.js';
import { isPrepared, prepareSchema, schema } from './postgres-schema.js';
import { workerOptions } from './worker-options.js';

/** Connections for short statements, beside the one that each worker holds to listen. */
const statementConnections = 4;

/** PostgreSQL through BullMQ's official backend, in the schema `bullmq`, over one connection pool. */
export class PostgresBackend implements QueueBackend {
  private readonly pool: pg.Pool;

  /** @param listeners how many workers will be opened: each keeps one connection of the pool for itself */
  constructor(
    private readonly url: string,
    listeners: number,
    private readonly onError: (error: Error) => void,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: listeners + statementConnections,
      // Unqualified names in BullMQ's statements resolve here.
      options: `-c search_path=${schema}`,
      // A silently dropped LISTEN connection must be noticed: the worker would sleep on it.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // A lost connection is told by the client, also when nobody listens there: unheard, it would end the process.
    this.pool.on('connect', (client) => client.on('error', onError));
    // The same errors once more, for idle clients.
    this.pool.on('error', () => undefined);
  }

  /** Looks whether the schema is there; makes it when not, which only an owner may ({@link preparePostgresQueue}). */
  async prepare(): Promise<void> {
    const client = await this.pool.connect();
    try {
      if (await isPrepared(client)) return;
      await prepareSchema(client);
    } finally {
      client.release();
    }
  }

  openQueue(lane: string): LaneQueue {
    const queue = new Queue<JobEnvelope, unknown, string, JobEnvelope, unknown, string, IQueueBackend, pg.Pool>(
      lane,
      { connection: this.pool, streams: { events: { maxLen: 1000 } } },
      postgresFactory,
    );
    return queue as unknown as LaneQueue;
  }

  openWorker(lane: string, process: LaneProcessor, options: LaneWorkerOptions): LaneWorker {
    const worker = new AbandonableWorker<pg.Pool>(lane, process, { connection: this.pool, ...workerOptions(options) }, postgresFactory);
    return worker as unknown as LaneWorker;
  }

  async generation(): Promise<string> {
    for (;;) {
      await this.pool.query('INSERT INTO muniment_generation VALUES (true, $1) ON CONFLICT DO NOTHING', [randomUUID()]);
      const found = await this.pool.query<{ id: string }>('SELECT id FROM muniment_generation');
      const row = found.rows[0];
      if (row !== undefined) return row.id;
    }
  }

  /** A session of its own holds the lock: it needs no place in the pool, and the lock dies with the process. */
  async alone(work: () => Promise<void>): Promise<void> {
    const session = new pg.Client({ connectionString: this.url });
    session.on('error', this.onError);
    await session.connect();
    try {
      await session.query('SELECT pg_advisory_lock(hashtext($1))', ['muniment.queue']);
      await work();
    } finally {
      await session.end();
    }
  }

  /** PostgreSQL forgets nothing. */
  evictionWarning(): Promise<null> {
    return Promise.resolve(null);
  }

  async ping(): Promise<void> {
    await this.pool.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** BullMQ's own factory, under the connection type that we give it. */
const postgresFactory = createPostgresBackend as unknown as BackendFactory<IQueueBackend, pg.Pool>;
