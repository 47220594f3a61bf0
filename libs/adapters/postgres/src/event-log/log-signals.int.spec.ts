import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { eventually } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

let server: ScratchServer;
let database: ScratchDatabase;
let writer: Postgres;
let listener: Postgres;
beforeAll(async () => {
  server = await startScratchServer();
  database = await server.migrated();
  writer = openPostgres(database.serviceUrl);
  listener = openPostgres(database.serviceUrl);
  await listener.listen();
}, 120_000);
afterAll(async () => {
  await writer.close();
  await listener.close();
  await server.stop();
});

const listening = () =>
  once(database.ownerUrl, "select pid from pg_stat_activity where application_name = 'muniment-listen' and query like 'listen%'");

describe('a listener in another process', () => {
  it('is woken by what was sequenced, also after its connection was killed', async () => {
    let woken = 0;
    listener.log.onSequenced(() => woken++);
    await newPackage(writer);
    await sequenceAll(writer);
    await eventually('the first wake-up', () => Promise.resolve(woken === 1));

    const [before] = await listening();
    await once(database.ownerUrl, 'select pg_terminate_backend($1, 5000)', [before?.['pid']]);
    await eventually('a new connection', async () => {
      const [after] = await listening();
      return after !== undefined && after['pid'] !== before?.['pid'];
    });
    await newPackage(writer);
    await sequenceAll(writer);
    await eventually('the second wake-up', () => Promise.resolve(woken === 2));
  }, 60_000);
});
