import { assertSchemaCompatibility, runMigrations, SchemaMigrationRequiredError } from 'bullmq';
import pg from 'pg';

/** BullMQ's own default; a pool that we hand over can use no other. */
export const schema = 'bullmq';

/** Advisory lock of whoever changes the schema. */
const schemaLock = 7_180_002;

/** True when the queue's tables are there in the version this BullMQ wants. Needs no right but to read. */
export async function isPrepared(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(`select to_regclass('${schema}.muniment_generation') is not null as found`);
  if (!rows[0]?.found) return false;
  try {
    await assertSchemaCompatibility(client, schema);
    return true;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false;
    throw error;
  }
}

/** Creates or updates the queue's tables. Safe for several processes at once. */
export function prepareSchema(client: pg.ClientBase): Promise<void> {
  return alone(client, () => createTables(client));
}

/** Makes the queue's schema as the owner of the database and lets `role` use it, so that services need no right to create anything. */
export async function preparePostgresQueue(ownerUrl: string, role: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await alone(client, async () => {
      await createTables(client);
      const to = pg.escapeIdentifier(role);
      await client.query(`grant all on schema ${schema} to ${to}`);
      for (const kind of ['tables', 'sequences', 'functions']) await client.query(`grant all on all ${kind} in schema ${schema} to ${to}`);
    });
  } finally {
    await client.end();
  }
}

async function createTables(client: pg.ClientBase): Promise<void> {
  await runMigrations(client, schema);
  await client.query(
    `create table if not exists ${schema}.muniment_generation (only_row boolean primary key check (only_row), id text not null)`,
  );
}

/** One session at a time: `if not exists` and grants alone collide in the catalogue when two run at once. */
async function alone(client: pg.ClientBase, work: () => Promise<void>): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [schemaLock]);
  try {
    await work();
  } finally {
    await client.query('select pg_advisory_unlock($1)', [schemaLock]);
  }
}
