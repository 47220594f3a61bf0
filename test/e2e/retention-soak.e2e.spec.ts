import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLog, Postgres, rebuildViews } from '@muniment/postgres';
import { historyOf } from '../soak/history-problems.js';
import { SoakClient } from '../soak/soak-client.js';
import { SoakWork } from '../soak/soak-work.js';
import { startArchive, type ArchiveUnderTest, type ServiceName } from '../stack/archive.js';
import { freePort } from '../stack/process.js';

/** All 10,000 in continuous integration; fewer where people wait. */
const operations = Number(process.env['MUNIMENT_SOAK_OPERATIONS'] ?? (process.env['CI'] ? 10_000 : 2_500));
const workers = 24;
const reaperAgeSeconds = 6;
const bin = fileURLToPath(new URL('../../apps/cli/bin/muniment.mjs', import.meta.url).href.replace('/test/dist/', '/'));

const policy = `
[classes.blink]
default_duration_seconds = 2
[classes.brief]
default_duration_seconds = 10
[curated]
keep = 2
`;

describe(`${operations} operations of retention at once, with services killed at random`, () => {
  let archive: ArchiveUnderTest;
  let work: SoakWork;
  let client: SoakClient;
  let postgres: Postgres;
  let kills = 0;
  let seconds = 0;
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-soak-'));

  beforeAll(async () => {
    const port = await freePort();
    const policyFile = path.join(directory, 'retention.toml');
    writeFileSync(policyFile, policy);
    archive = await startArchive({
      services: [],
      env: {
        MUNIMENT_RETENTION_POLICY: policyFile,
        MUNIMENT_COLLECTION: 'manual',
        MUNIMENT_COLLECTION_GRACE_SECONDS: '0',
        MUNIMENT_TRASH_SECONDS: '1',
        MUNIMENT_COLLECTION_MAX_SHARE_PERCENT: '100',
        MUNIMENT_COLLECTION_MINIMUM_AGE_SECONDS: '0',
        MUNIMENT_SWEEP_SECONDS: '1',
        MUNIMENT_LEDGER_SECONDS: '5',
        MUNIMENT_JOB_LOCK_MS: '1500',
        MUNIMENT_TICK_SECONDS: '2',
        MUNIMENT_REAP_SECONDS: '2',
        MUNIMENT_REAPER_AGE_SECONDS: String(reaperAgeSeconds),
        MUNIMENT_LOG_LEVEL: 'error',
      },
    });
    const gatewayPort = { MUNIMENT_PORT: String(port) };
    await Promise.all([archive.start('gateway', gatewayPort), archive.start('hasher'), archive.start('retention')]);
    client = new SoakClient(`http://127.0.0.1:${port}`, archive.token);
    work = new SoakWork(client);
    postgres = new Postgres({ MUNIMENT_DATABASE_URL: archive.ownerUrl, MUNIMENT_DATABASE_POOL: 4 });
    let over = false;
    const began = Date.now();
    const killing = killAgainAndAgain(() => over, gatewayPort);
    const working = Array.from({ length: workers }, async () => {
      while (work.operations < operations) await work.step();
    });
    try {
      await Promise.all(working);
    } finally {
      over = true;
      await killing;
    }
    seconds = Math.round((Date.now() - began) / 1000);
  }, 900_000);

  afterAll(async () => {
    await postgres.close();
    await archive.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('answers every operation with success or with a refusal that makes sense', () => {
    console.log(
      `${work.operations} operations in ${seconds} s, ${kills} kills: ${JSON.stringify(Object.fromEntries([...work.done].sort()))}`,
    );
    expect(work.problems).toEqual([]);
    expect(work.operations).toBeGreaterThanOrEqual(operations);
    expect(kills).toBeGreaterThan(2);
    for (const operation of ['upload by digest', 'hold', 'release', 'extend', 'sweep', 'collect', 'read'])
      expect([operation, work.done.get(operation) ?? 0]).not.toEqual([operation, 0]);
  });

  it('comes to rest: no collection is unfinished, no place half given up', async () => {
    await until('rest', async () => {
      const open = (await postgres.collections.list(10_000)).filter(({ completedAt }) => completedAt === null).length;
      const released = (await postgres.collections.releasedFiles(null, 1)).length;
      const { rows } = await postgres.database.pool.query<{ n: number }>(`select count(*)::int as n from files where phase = 'received'`);
      return `${open} collections, ${released} places, ${rows[0]?.n ?? 0} received files` === '0 collections, 0 places, 0 received files';
    });
  }, 90_000);

  it('misses no byte that anything refers to, and, once the reaper came by, keeps none that nothing refers to', async () => {
    let report: StorageReport = await storageVerify();
    await until('the reaper', async () => {
      report = await storageVerify();
      return report.unreferenced_young.count + report.unreferenced_old.count === 0 || !report.ok;
    });
    expect(report).toMatchObject({
      ok: true,
      missing: { count: 0 },
      size_differs: { count: 0 },
      unreferenced_young: { count: 0 },
      unreferenced_old: { count: 0 },
    });
    expect(report.stored.count).toBe(report.referenced.count);
  }, 120_000);

  it('never took what something keeps, and did nothing twice', async () => {
    while ((await postgres.sequencer.pass()) > 0);
    const history = await historyOf(postgres);
    expect(history.problems).toEqual([]);
    expect(history.collected).toBeGreaterThan(0);
    expect(history.placesGivenUp).toBeGreaterThan(0);
    console.log(`${history.events} events, ${history.collected} packages collected, ${history.placesGivenUp} places given up`);
  }, 60_000);

  it('leaves a log without gaps whose replay gives the same views', async () => {
    const report = await checkLog(archive.ownerUrl);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect((await rebuildViews(archive.ownerUrl, { verify: true })).views.filter((view) => !view.identical)).toEqual([]);
  }, 120_000);

  async function killAgainAndAgain(over: () => boolean, gatewayPort: Readonly<Record<string, string>>): Promise<void> {
    while (!over()) {
      await pause(1_500 + Math.random() * 3_000);
      const victims = [...archive.running];
      // Mostly the one that deletes: it has the most to leave half done.
      const wanted: ServiceName = Math.random() < 0.6 ? 'retention' : Math.random() < 0.6 ? 'hasher' : 'gateway';
      const victim = victims.find(({ service }) => service === wanted);
      await victim?.kill();
      kills++;
      await archive.start(wanted, wanted === 'gateway' ? gatewayPort : {});
    }
  }

  interface StorageReport {
    readonly ok: boolean;
    readonly referenced: { readonly count: number };
    readonly stored: { readonly count: number };
    readonly unreferenced_young: { readonly count: number };
    readonly unreferenced_old: { readonly count: number };
  }

  /** The operator's own verb. */
  function storageVerify(): Promise<StorageReport> {
    const child = spawn(process.execPath, [bin, 'storage', 'verify', '--json', '--database-url', archive.ownerUrl], {
      env: { PATH: process.env['PATH'], MUNIMENT_OBJECT_STORE: 'filesystem', MUNIMENT_OBJECT_STORE_ROOT: archive.objects },
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        try {
          resolve(JSON.parse(output) as StorageReport);
        } catch (error) {
          reject(new Error(`storage verify answered ${output}`, { cause: error }));
        }
      });
    });
  }

  async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 80_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await pause(500);
    }
  }
});
