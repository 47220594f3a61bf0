import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Postgres } from '../postgres.js';
import { newPackage, openPostgres, sequenceAll } from '../spec-support/appending.js';
import { once, startScratchServer, type ScratchDatabase, type ScratchServer } from '../spec-support/scratch-server.js';

const changes = ['update %s set xmin_probe = 1', 'delete from %s', 'truncate %s cascade'];
const insufficientPrivilege = '42501';

let server: ScratchServer;
let database: ScratchDatabase;
let postgres: Postgres;
beforeAll(async () => {
  server = await startScratchServer();
  database = await server.migrated();
  postgres = openPostgres(database.serviceUrl);
  await newPackage(postgres);
  await sequenceAll(postgres);
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await server.stop();
});

function statement(change: string, table: string): string {
  const column = table === 'events' ? 'actor = actor' : 'event_id = event_id';
  return change.replace('%s', table).replace('xmin_probe = 1', column);
}

describe.each(['events', 'event_sequence'])('%s', (table) => {
  it.each(changes)('refuses even its owner: %s', async (change) => {
    await expect(once(database.ownerUrl, statement(change, table))).rejects.toMatchObject({
      code: 'MU001',
      message: expect.stringContaining('the event log is append-only'),
    });
  });

  it.each(changes)('gives services no right to: %s', async (change) => {
    await expect(once(database.serviceUrl, statement(change, table))).rejects.toMatchObject({ code: insufficientPrivilege });
  });
});

describe('a service', () => {
  it.each([
    'create table mine ()',
    'create schema mine',
    'drop trigger events_immutable on events',
    'alter table events disable trigger all',
    'create or replace function refuse_change_of_log() returns trigger language plpgsql as $$ begin return null; end $$',
    "set session_replication_role = 'replica'",
    'delete from log_head',
    "select setval('events_id_seq', 1)",
    'delete from _prisma_migrations',
  ])('may not: %s', async (sql) => {
    await expect(once(database.serviceUrl, sql)).rejects.toMatchObject({ code: insufficientPrivilege });
  });

  it('leaves the log as it was', async () => {
    expect(await once(database.ownerUrl, 'select count(*)::int as n from events join event_sequence on event_id = id')).toEqual([{ n: 2 }]);
  });
});
