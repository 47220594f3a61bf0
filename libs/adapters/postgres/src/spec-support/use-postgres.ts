import { afterAll, beforeAll } from '@jest/globals';
import type { Postgres } from '../postgres.js';
import { openPostgres } from './appending.js';
import { startScratchServer } from './scratch-server.js';

/** Gives the tests of a file (or of a group) a migrated database of their own, opened as a service opens it, and closes it after them. */
export function usePostgres(give: (postgres: Postgres) => void): void {
  let close = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    const server = await startScratchServer();
    close = () => server.stop();
    const postgres = openPostgres((await server.migrated()).serviceUrl);
    close = async () => {
      await postgres.close();
      await server.stop();
    };
    give(postgres);
  }, 120_000);
  afterAll(() => close());
}
