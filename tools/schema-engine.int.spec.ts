import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from '@muniment/postgres';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

let folder: string;
let server: EmbeddedPostgres;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'muniment-schema-engine-'));
  server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres'), settings: { fsync: 'off' } });
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function createDatabase(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
}

function prisma(databaseUrl: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, MUNIMENT_DATABASE_URL: databaseUrl };
    execFile(process.execPath, ['tools/run.mjs', 'prisma', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}

describe('the stock Prisma command line over the schema engine stand-in', () => {
  it('deploys the committed migrations, and our own runner then finds nothing to do', async () => {
    const deployed = await prisma(server.url, 'migrate', 'deploy');
    expect(deployed).toEqual({ code: 0, output: expect.stringContaining('successfully applied') });
    expect(await migrate(server.url)).toEqual([]);
  }, 60_000);

  it('creates the database that is missing', async () => {
    const missing = server.url.replace(/\/muniment$/, '/missing "one"');
    expect(await prisma(missing, 'migrate', 'deploy')).toEqual({ code: 0, output: expect.stringContaining('successfully applied') });
  }, 60_000);

  it('finds that what our own runner applied is complete', async () => {
    const other = server.url.replace(/\/muniment$/, '/other');
    await createDatabase('other');
    expect((await migrate(other)).length).toBeGreaterThan(0);
    expect(await prisma(other, 'migrate', 'status')).toEqual({ code: 0, output: expect.stringContaining('up to date') });
  }, 60_000);

  it('sees no difference between the migrations and the schema', async () => {
    const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma', '--exit-code'];
    expect(await prisma(server.url, ...args)).toEqual({ code: 0, output: expect.stringContaining('No difference') });
  }, 60_000);

  it('fails, loudly, without a server', async () => {
    const { code, output } = await prisma('postgresql://nobody:x@127.0.0.1:1/none', 'migrate', 'deploy');
    expect(code).not.toBe(0);
    expect(output).toMatch(/P1001|reach|ECONNREFUSED/);
  }, 60_000);
});
