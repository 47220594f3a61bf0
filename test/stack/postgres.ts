import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate, serviceLogin, startEmbeddedPostgres } from '@muniment/postgres';
import { preparePostgresQueue } from '@muniment/queue';

/** A Postgres of the test's own: migrated, on loopback, in a temporary directory. */
export interface RunningPostgres {
  /** URL of the owner of the tables, who migrates and repairs. */
  readonly ownerUrl: string;
  /** URL of a member of `muniment_service`, as services log in. */
  readonly serviceUrl: string;
  /** Stops the server and removes its directory. May be called twice. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Also make the tables of the queue's Postgres backend. */
  readonly queue?: boolean;
  /** Server settings; the default leaves out what only a power failure would need. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts it; it ends with this process at the latest, unless that is killed with -9. */
export async function startPostgres({ queue = false, settings = { fsync: 'off' } }: PostgresOptions = {}): Promise<RunningPostgres> {
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-postgres-'));
  const server = await startEmbeddedPostgres({ dataDir: directory, settings });
  // A run that ends abnormally must not leave the server behind.
  const killer = (): void => void process.kill(server.pid, 'SIGQUIT');
  process.once('exit', killer);
  void server.exited.then(() => process.off('exit', killer));
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await migrate(server.url);
    if (queue) await preparePostgresQueue(server.url, 'muniment_service');
    return { ownerUrl: server.url, serviceUrl: await serviceLogin(server.url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
