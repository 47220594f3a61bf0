import { migrate, serviceLogin, serviceRole, startEmbeddedPostgres, tryConnection, type EmbeddedPostgres } from '@muniment/postgres';
import { preparePostgresQueue } from '@muniment/queue';
import { StartRefused } from './start-refused.js';

const restartPausesMs = [100, 500, 1_000, 2_000, 4_000, 8_000];

/** The database of an embedded installation, migrated. */
export interface Database {
  /** For operators: may do everything. */
  readonly ownerUrl: string;
  /** For services: may append to the log and never change it. */
  readonly serviceUrl: string;
  stop(): Promise<void>;
}

/** A server that the operator named: it is used as it is. Throws {@link StartRefused} when it cannot be. */
export async function givenDatabase(url: string): Promise<Database> {
  const failure = await tryConnection(url);
  if (failure !== null) {
    throw new StartRefused(
      `the database of MUNIMENT_DATABASE_URL cannot be used: ${failure.why}; correct it, or leave it out for a database of its own`,
    );
  }
  await migrate(url);
  await preparePostgresQueue(url, serviceRole);
  return { ownerUrl: url, serviceUrl: url, stop: () => Promise.resolve() };
}

/**
 * Our own server, started again (same port, same data) when it dies. `lost` is called when that does not work either; the services cannot do
 * anything useful then.
 */
export async function embeddedDatabase(dataDir: string, say: (line: string) => void, lost: (error: unknown) => void): Promise<Database> {
  let stopping = false;
  let server = await startEmbeddedPostgres({ dataDir });
  const port = Number(new URL(server.url).port);
  const revive = async (): Promise<void> => {
    server = await again(() => startEmbeddedPostgres({ dataDir, port }));
    say('the database is up again');
  };
  const watch = (watched: EmbeddedPostgres): void => {
    void watched.exited
      .then(async () => {
        if (stopping) return;
        say('the database ended; starting it again');
        await revive();
        watch(server);
      })
      .catch(lost);
  };
  watch(server);
  try {
    await migrate(server.url);
    await preparePostgresQueue(server.url, serviceRole);
    return {
      ownerUrl: server.url,
      serviceUrl: await serviceLogin(server.url),
      stop: async () => {
        stopping = true;
        await server.stop();
      },
    };
  } catch (error) {
    stopping = true;
    await server.stop();
    throw error;
  }
}

/** Right after a kill -9 the old server's children still hold its shared memory for a moment. */
async function again<T>(start: () => Promise<T>): Promise<T> {
  for (const pause of restartPausesMs) {
    try {
      return await start();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return start();
}
