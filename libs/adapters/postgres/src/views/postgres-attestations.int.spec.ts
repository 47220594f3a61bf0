import { attestationsSuite } from '@muniment/testing';
import { openPostgres } from '../spec-support/appending.js';
import { startScratchServer } from '../spec-support/scratch-server.js';

attestationsSuite('Postgres', async () => {
  const server = await startScratchServer();
  const postgres = openPostgres((await server.migrated()).serviceUrl);
  const dispose = async (): Promise<void> => {
    await postgres.close();
    await server.stop();
  };
  return { log: postgres.log, attestations: postgres.attestations, dispose };
});
