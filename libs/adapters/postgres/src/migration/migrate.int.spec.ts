import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once, startScratchServer, type ScratchServer } from '../spec-support/scratch-server.js';
import { committedMigrations, migrate } from './migrate.js';

const workspace = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../..');
const names = committedMigrations().map((migration) => migration.name);
const first = committedMigrations()[0] ?? { name: '', sql: '', checksum: '' };

let server: ScratchServer;
beforeAll(async () => {
  server = await startScratchServer();
}, 120_000);
afterAll(() => server.stop());

describe('migrating', () => {
  it('applies every committed migration to an empty database, and then nothing', async () => {
    const url = await server.empty();
    expect(await migrate(url)).toEqual(names);
    expect(await migrate(url)).toEqual([]);
    expect(await once(url, 'select sequence::int from log_head')).toEqual([{ sequence: 0 }]);
  });

  it('applies each once when several deploys run at the same time', async () => {
    const url = await server.empty();
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(url)));
    expect(applied.flat()).toEqual(names);
    expect(await once(url, 'select migration_name from _prisma_migrations order by 1')).toEqual(
      names.map((migration_name) => ({ migration_name })),
    );
  });

  it('refuses to go on when an applied migration was edited', async () => {
    const url = await server.empty();
    await migrate(url);
    const edited = { ...first, sql: `${first.sql}\n-- edited`, checksum: 'e'.repeat(64) };
    const next = { name: '29990101000000_next', sql: 'create table next_one ()', checksum: 'f'.repeat(64) };
    await expect(migrate(url, [edited, next])).rejects.toThrow(`${first.name} was changed after it was applied`);
    expect(await once(url, "select to_regclass('next_one') as found")).toEqual([{ found: null }]);
  });

  it('leaves nothing of a migration that fails half-way, and says which', async () => {
    const url = await server.empty();
    const broken = { name: '29990101000000_broken', sql: 'create table half_made (); select 1 / 0', checksum: 'a'.repeat(64) };
    await expect(migrate(url, [...committedMigrations(), broken])).rejects.toThrow('29990101000000_broken failed: division by zero');
    expect(await once(url, "select to_regclass('half_made') as found")).toEqual([{ found: null }]);
    expect(await migrate(url)).toEqual([]);
  });

  it('leaves a database in which the stock Prisma CLI finds no drift from the schema', async () => {
    const url = await server.empty();
    await migrate(url);
    const drift = ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
    expect(await prisma(url, ...drift)).toEqual({ code: 0, output: expect.stringContaining('No difference') });
    // the comparison does see what differs
    await once(url, 'alter table followers add column unplanned text');
    expect(await prisma(url, ...drift)).toEqual({ code: 2, output: expect.stringContaining('unplanned') });
  }, 120_000);
});

function prisma(url: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, MUNIMENT_DATABASE_URL: url };
    execFile(process.execPath, ['tools/run.mjs', 'prisma', ...args], { cwd: workspace, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}
