import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Advisory lock that lets one process migrate at a time; the number is Prisma Migrate's own, so that the two exclude each other. */
const migrationLock = 72_707_369;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The committed migrations, in order. */
export function committedMigrations(directory = migrationsDirectory()): readonly Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(directory, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Applies what is missing, as `prisma migrate deploy` would, and keeps the same books (`_prisma_migrations`), but needs no engine to be downloaded.
 * Each migration and its entry are one transaction. Refuses to go on when an applied migration was edited afterwards.
 * Returns the names it applied.
 */
export async function migrate(databaseUrl: string, migrations = committedMigrations()): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(bookkeeping);
    const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
      'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
    );
    const applied: string[] = [];
    for (const migration of migrations) {
      const entry = rows.find((row) => row.migration_name === migration.name);
      if (entry) assertUnchanged(migration, entry);
      else {
        await apply(client, migration);
        applied.push(migration.name);
      }
    }
    return applied;
  } finally {
    await client.end();
  }
}

function assertUnchanged(migration: Migration, entry: { checksum: string; finished_at: Date | null }): void {
  if (entry.finished_at === null) throw new Error(`migration ${migration.name} failed earlier; resolve it with "prisma migrate resolve"`);
  if (entry.checksum !== migration.checksum) throw new Error(`migration ${migration.name} was changed after it was applied`);
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    // No parameters: the whole script goes as one simple query, so that function bodies with semicolons stay whole.
    await client.query(migration.sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) values ($1, $2, $3, now(), now(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`migration ${migration.name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The migrations folder at the top of the workspace, or beside a bundled program. */
function migrationsDirectory(): string {
  for (let dir = path.dirname(fileURLToPath(import.meta.url)); dir !== path.dirname(dir); dir = path.dirname(dir)) {
    const candidate = path.join(dir, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error('prisma/migrations not found above this program');
}

/** Prisma Migrate's table, as it creates it. */
const bookkeeping = `
create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;
