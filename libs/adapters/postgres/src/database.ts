import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { PostgresConfig } from './config.js';
import { PrismaClient } from './generated/client.js';
import { observeStatements } from './observe-statements.js';

/** Ten minutes. */
const idleConnectionMs = 600_000;

/**
 * One pool of connections, two ways to use it: Prisma for ordinary reading and writing, plain statements where rate counts (the append, the
 * sequencer; limits.md measured Prisma's raw path at 0.4 of pg's).
 */
export class Database {
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  private readonly endObservation: () => void;

  constructor(config: PostgresConfig) {
    this.pool = new pg.Pool({
      connectionString: config.MUNIMENT_DATABASE_URL,
      max: config.MUNIMENT_DATABASE_POOL,
      connectionTimeoutMillis: 10_000,
      // A connection knows the plans of its statements. Closed after seconds of quiet, each burst of uploads would begin with planning them again.
      idleTimeoutMillis: idleConnectionMs,
      // A forgotten transaction would hold back vacuum and the sequencer's floor.
      idle_in_transaction_session_timeout: 60_000,
      application_name: 'muniment',
    });
    // An idle connection that breaks is replaced on next use; without a listener it would end the process.
    this.pool.on('error', () => undefined);
    // The same for one that breaks while somebody holds it and waits for something else; the next statement on it fails.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.endObservation = observeStatements(this.pool);
    this.prisma = new PrismaClient({ adapter: new PrismaPg(this.pool) });
  }

  /** Runs `work` in one transaction on one connection; rolls back and rethrows when it fails. */
  async transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      // A connection that cannot even roll back is thrown away; the server then rolls back by itself.
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  }

  /** Rejects when the database cannot be reached. */
  async check(): Promise<void> {
    await this.pool.query('select 1');
  }

  async close(): Promise<void> {
    this.endObservation();
    await this.prisma.$disconnect();
    if (!this.pool.ended) await this.pool.end();
  }
}
