import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLog } from '@muniment/postgres';
import pg from 'pg';
import { startArchive, type ArchiveUnderTest, type ServiceUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine } from '../stack/command.js';
import { eventually, stagedIn } from '../stack/left-behind.js';

const random = () => Buffer.from(randomBytes(300_000));

describe('an archive whose volume is not mounted', () => {
  let archive: ArchiveUnderTest;
  let api: Caller;
  let hasher: ServiceUnderTest;
  let marker: string;
  const bytes = random();

  beforeAll(async () => {
    archive = await startArchive({ services: ['gateway', 'retention'], env: { MUNIMENT_TICK_SECONDS: '1' } });
    api = new Caller(archive.url, archive.token);
    marker = path.join(archive.objects, 'muniment-store.json');
  }, 120_000);
  afterAll(() => archive?.stop(), 60_000);

  /** Leaves the empty folder that a volume is mounted on. */
  function unmount(): void {
    renameSync(archive.objects, `${archive.objects}-away`);
    mkdirSync(archive.objects);
  }

  /** No file may lie in the folder: whoever wrote there wrote onto the wrong disk. */
  function mount(): void {
    const files = readdirSync(archive.objects, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual([]);
    rmSync(archive.objects, { recursive: true });
    renameSync(`${archive.objects}-away`, archive.objects);
  }

  const storage = (...args: readonly string[]) =>
    runCommandLine(archive, ['storage', ...args, '--json'], 'muniment', {
      MUNIMENT_DATABASE_URL: archive.ownerUrl,
      MUNIMENT_OBJECT_STORE_ROOT: archive.objects,
    });
  const idIn = (text: string) => (JSON.parse(text) as { store_id: string }).store_id;

  it('starts no service: the message says what was expected, what was found and what to do', async () => {
    const { id } = await api.createPackage();
    await api.putFile(id, 'report.bin', bytes);
    const storeId = idIn(readFileSync(marker, 'utf8'));
    unmount();
    const message = `Expected object store ${storeId} at ${archive.objects}, found none there`;
    await expect(archive.start('hasher')).rejects.toThrow(
      new RegExp(`^ended with 78 before it was ready: [^]*${message}[^]*Mount the volume`),
    );
    const verified = await storage('verify');
    expect([verified.code, verified.output]).toEqual([12, expect.stringContaining(message)]);
    mount();
    hasher = await archive.start('hasher');
    expect((await api.finalize(id)).files[0]).toMatchObject({ path: 'report.bin', state: 'ingested' });
  }, 60_000);

  it('while its services run: they are not ready, write nothing there, and take nothing for lost; it goes on when the volume is back', async () => {
    const { id } = await api.createPackage();
    // The hasher sees the file only when the volume is gone.
    process.kill(hasher.pid, 'SIGSTOP');
    await api.putFile(id, 'received.bin', random());
    expect(stagedIn(archive.objects)).not.toEqual([]);
    unmount();
    expect((await api.put(id, 'more.bin', random())).status).toBeGreaterThanOrEqual(500);
    // As services of an earlier version left it, which made folders wherever they were: such a store can be read and written.
    for (const left of ['staging', 'sha256']) mkdirSync(path.join(archive.objects, left));
    process.kill(hasher.pid, 'SIGCONT');
    for (const url of [hasher.adminUrl, archive.url]) {
      const answer = await fetch(`${url}/readyz`);
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('Mount the volume')]);
    }
    await eventually('the last try', async () => (await exhausted()) > 0, 40_000);
    expect((await api.package(id)).files).toMatchObject([{ path: 'received.bin', state: 'received' }]);
    mount();
    for (const url of [hasher.adminUrl, archive.url]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await api.finalize(id)).files[0]).toMatchObject({ path: 'received.bin', state: 'ingested' });
  }, 90_000);

  it('of a version without markers is recognized by its bytes', async () => {
    const database = new pg.Client(archive.ownerUrl);
    await database.connect();
    await database.query('delete from object_store');
    await database.end();
    unlinkSync(marker);
    expect(await hasher.stop()).toBe(0);
    unmount();
    await expect(archive.start('hasher')).rejects.toThrow(/^ended with 78 [^]*found 0 of the \d+ looked for/);
    mount();
    hasher = await archive.start('hasher');
    expect(idIn(readFileSync(marker, 'utf8'))).toMatch(/^[0-9a-f-]{36}$/);
  }, 60_000);

  it('and whose bytes were copied elsewhere without the marker goes on there when the operator says so', async () => {
    const before = idIn(readFileSync(marker, 'utf8'));
    expect(await hasher.stop()).toBe(0);
    unlinkSync(marker);
    await expect(archive.start('hasher')).rejects.toThrow(/muniment storage adopt/);
    const adopted = await storage('adopt');
    expect([adopted.code, adopted.json()]).toMatchObject([0, { before, location: archive.objects }]);
    hasher = await archive.start('hasher');
    expect(idIn(readFileSync(marker, 'utf8'))).toBe(idIn(adopted.output));
    expect((await storage('verify')).code).toBe(0);
    expect((await checkLog(archive.ownerUrl)).checks.filter((check) => !check.ok)).toEqual([]);
  }, 60_000);

  async function exhausted(): Promise<number> {
    const text = await (await fetch(`${hasher.adminUrl}/metrics`)).text();
    return Number(/^muniment_jobs_exhausted_total\{[^}]*job_name="verify-file"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
  }
});
