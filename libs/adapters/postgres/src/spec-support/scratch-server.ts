import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.js';
import { migrate } from '../migration/migrate.js';
import { serviceLogin } from '../operator/service-role.js';

/** A database of one spec. */
export interface ScratchDatabase {
  readonly ownerUrl: string;
  readonly serviceUrl: string;
}

/** A server of one spec file, from which every describe block takes a database of its own. */
export interface ScratchServer {
  /** URL of an empty database. */
  empty(): Promise<string>;
  /** A migrated one, with a login for services. */
  migrated(): Promise<ScratchDatabase>;
  stop(): Promise<void>;
}

export async function startScratchServer(): Promise<ScratchServer> {
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-scratch-'));
  const server = await startEmbeddedPostgres({ dataDir: directory, settings: { fsync: 'off' } });
  const killer = (): void => void process.kill(server.pid, 'SIGQUIT');
  process.once('exit', killer);
  let made = 0;
  const empty = async (): Promise<string> => {
    const name = `scratch_${++made}`;
    await once(server.url, `create database ${name}`);
    return server.url.replace(/\/muniment$/, `/${name}`);
  };
  return {
    empty,
    migrated: async () => {
      const ownerUrl = await empty();
      await migrate(ownerUrl);
      return { ownerUrl, serviceUrl: await serviceLogin(ownerUrl, `service_${made}`) };
    },
    stop: async () => {
      process.off('exit', killer);
      await server.stop();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** One statement on a connection of its own. */
export async function once(url: string, sql: string, values: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
