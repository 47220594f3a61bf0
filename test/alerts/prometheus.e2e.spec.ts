import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startArchive, type ArchiveUnderTest, type ServiceName, type ServiceUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { eventually, stagedIn } from '../stack/left-behind.js';
import { prometheusUnavailable, startPrometheus, type RunningPrometheus } from '../stack/prometheus.js';
import { metricsIn, readRules, rulesFile } from './rules.js';

const [{ rules }] = readRules().groups;
const services = ['gateway', 'hasher', 'retention', 'signer'] as const;

const missing = prometheusUnavailable();
if (missing !== null) console.log(`skipped: a Prometheus that watches an archive: ${missing}`);
(missing === null ? describe : describe.skip)('a Prometheus that watches an archive', () => {
  let archive: ArchiveUnderTest;
  let prometheus: RunningPrometheus;
  let api: Caller;

  beforeAll(async () => {
    archive = await startArchive({ services, env: { MUNIMENT_TICK_SECONDS: '1' } });
    api = new Caller(archive.url, archive.token);
    prometheus = await startPrometheus(rulesFile);
    await scrapeAll();
  }, 180_000);
  afterAll(async () => {
    await prometheus?.stop();
    await archive?.stop();
  }, 60_000);

  async function scrapeAll(): Promise<void> {
    await prometheus.scrape([...archive.running].map(({ adminUrl }) => adminUrl));
  }

  async function stopped(service: ServiceName): Promise<void> {
    for (const one of [...archive.running]) if (one.service === service) await one.stop();
  }

  async function started(service: ServiceName, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await archive.start(service, env);
    await scrapeAll();
  }

  /** Waits until the alert is in that state, for those labels. */
  async function alarm(state: 'pending' | 'firing', labels: Readonly<Record<string, string>>): Promise<void> {
    const wanted = Object.entries(labels);
    await eventually(
      `${JSON.stringify(labels)} to be ${state}`,
      async () =>
        (await prometheus.alerts()).some((one) => one.state === state && wanted.every(([name, value]) => one.labels[name] === value)),
      60_000,
    );
  }

  it('takes every rule, and raises nothing while all is well', async () => {
    await eventually(
      'all services to be scraped',
      async () => {
        const health = (await prometheus.targets()).map((target) => target.health);
        return health.length === services.length && health.every((one) => one === 'up');
      },
      60_000,
    );
    await api.archive({ 'a.bin': randomBytes(1_000) });
    await eventually(
      'the rules to be evaluated and quiet',
      async () => (await prometheus.rules()).every(({ health }) => health === 'ok') && (await prometheus.alerts()).length === 0,
      60_000,
    );
    expect((await prometheus.rules()).map(({ name, lastError }) => [name, lastError])).toEqual(
      rules.map(({ alert }) => [alert, undefined]),
    );
  }, 120_000);

  it('hears of bytes that the store changed, also when the file was sent again and the process started anew', async () => {
    await stopped('hasher');
    const bytes = randomBytes(300_000);
    const { id } = await api.createPackage();
    await api.putFile(id, 'changed.bin', bytes);
    for (const name of stagedIn(archive.objects)) writeFileSync(join(archive.objects, 'staging', name), randomBytes(bytes.length));
    await started('hasher');
    await alarm('firing', { alertname: 'MunimentStoredBytesCorrupt', severity: 'critical' });
    expect((await api.package(id)).files[0]?.refusal).toMatchObject({ code: 'stored_bytes_differ' });

    await api.putFile(id, 'changed.bin', bytes);
    await api.finalize(id);
    expect(await faults()).toEqual({ recorded: 1, open: 0 });
    await stopped('hasher');
    await started('hasher');
    expect(await faults()).toEqual({ recorded: 1, open: 0 });
    await alarm('firing', { alertname: 'MunimentStoredBytesCorrupt' });
  }, 180_000);

  it('hears of a store that fails, and of the job that ran out of tries', async () => {
    const hasher = runningHasher();
    // It sees the file only when the store is away.
    process.kill(hasher.pid, 'SIGSTOP');
    const { id } = await api.createPackage();
    await api.putFile(id, 'late.bin', randomBytes(300_000));
    renameSync(archive.objects, `${archive.objects}.away`);
    writeFileSync(archive.objects, 'not a folder');
    process.kill(hasher.pid, 'SIGCONT');
    await alarm('pending', { alertname: 'MunimentDependencyDown', dependency: 'object-store', severity: 'critical' });
    await alarm('firing', { alertname: 'MunimentJobsExhausted', queue: 'hashing', job_name: 'verify-file' });
    rmSync(archive.objects);
    renameSync(`${archive.objects}.away`, archive.objects);
    expect((await api.finalize(id)).state).toBe('finalized');
    await eventually(
      'the store to be well again',
      async () => !(await prometheus.alerts()).some(({ labels }) => labels['alertname'] === 'MunimentDependencyDown'),
    );
  }, 180_000);

  it('hears of a signer that fails, and of a key that ends within days', async () => {
    await stopped('signer');
    const keyring = join(archive.directory, 'keys', 'keyring.toml');
    const soon = new Date(Date.now() + 2 * 86_400_000).toISOString();
    writeFileSync(keyring, readFileSync(keyring, 'utf8').replace('purpose = "log"', `purpose = "log"\nnot_after = ${soon}`));
    await started('signer', { MUNIMENT_TSA_URL: 'http://127.0.0.1:9/' });
    await alarm('firing', { alertname: 'MunimentSigningKeyExpires', purpose: 'log' });
    await alarm('firing', { alertname: 'MunimentSigningKeyRunsOut', purpose: 'log', severity: 'critical' });
    await api.archive({ 'b.bin': randomBytes(1_000) });
    await alarm('pending', { alertname: 'MunimentAttestationFailed' });
  }, 180_000);

  it('has seen every metric that a rule looks at', async () => {
    const seen = await prometheus.metrics();
    expect(rules.flatMap(metricsIn).filter((metric) => !seen.includes(metric))).toEqual([]);
  });

  function runningHasher(): ServiceUnderTest {
    const hasher = [...archive.running].find(({ service }) => service === 'hasher');
    if (hasher === undefined) throw new Error('no hasher runs');
    return hasher;
  }

  /** What the hasher that runs now tells. */
  async function faults(): Promise<{ readonly recorded: number; readonly open: number }> {
    const text = await (await fetch(`${runningHasher().adminUrl}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^${name}\\{fault="corrupt"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? NaN);
    return { recorded: value('muniment_storage_faults_total'), open: value('muniment_storage_faults_open') };
  }
});
