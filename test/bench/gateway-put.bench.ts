import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { startArchive } from '../stack/archive.js';
import { newPackage } from './archive-client.js';
import { startBenchServer, type BenchServer } from './child.js';
import { digestFromCache, fileReads } from './digest-from-cache.js';
import { cpuSeconds, interleaved, median, report, wallSeconds } from './paired-runs.js';
import { putStream } from './put-stream.js';

/**
 * Goal G4: one large PUT into the gateway, which computes SHA-256 and BLAKE3, asks Postgres and appends an event, against a bare node:http server that
 * computes SHA-256 alone. Neither stores the bytes. And goal G2 on that path: that the second digest costs of a PUT's CPU what its library costs, no more (ADR 0022).
 * For information: eight at once, which share a second core, against digests in the thread that receives; and the real gateway against a receiver that writes and syncs.
 * MUNIMENT_BENCH_BYTES sets the size of the body; default 512 MiB.
 */
const bytes = Number(process.env['MUNIMENT_BENCH_BYTES'] ?? 512 * 1024 ** 2);
const repetitions = 7;
/** CPU is counted in hundredths of a second, and what is looked for is small: more of it. */
const cpuRepetitions = 9;
const atOnce = 8;
const mebibytes = (seconds: number): number => Math.round(bytes / seconds / 1024 ** 2);
const preload = fileURLToPath(new URL('telemetry/preload.js', import.meta.resolve('@muniment/platform')));

const archive = await startArchive({ services: ['gateway'], databaseSettings: {} });
const folder = path.join(archive.directory, 'bare');
mkdirSync(folder);
const discarding = await startBenchServer('discarding-gateway', [], { ...archive.environment, MUNIMENT_PORT: '0' }, ['--import', preload]);
const gatewayWith = (digests: string) =>
  startBenchServer('discarding-gateway', [digests], { ...archive.environment, MUNIMENT_PORT: '0' }, ['--import', preload]);
const both = await gatewayWith('both-inline');
const one = await gatewayWith('sha256-inline');
const bare = await startBenchServer('bare-receiver');
const writing = await startBenchServer('bare-receiver', [folder]);
const authorization = { authorization: `Bearer ${archive.token}` };

let files = 0;
async function putFile(base: string, size: number): Promise<void> {
  const url = new URL(`${base}/file-${files++}`);
  const status = await putStream(url, size, authorization);
  if (status !== 201) throw new Error(`${url.pathname} answered ${status}`);
}

async function put(base: string): Promise<number> {
  const seconds = await wallSeconds(() => putFile(base, bytes));
  for (const stored of [folder, path.join(archive.objects, 'staging')].filter((name) => existsSync(name))) {
    for (const name of readdirSync(stored)) rmSync(path.join(stored, name));
  }
  return seconds;
}

/** As many bytes as in one file, in files that come at once. */
async function putMany(server: BenchServer): Promise<number> {
  const base = await newPackage(server.url, archive.token);
  return wallSeconds(() => Promise.all(Array.from({ length: atOnce }, () => putFile(base, bytes / atOnce))));
}

async function cpuOfPut(server: BenchServer): Promise<number> {
  const files = await newPackage(server.url, archive.token);
  const before = server.cpuSeconds();
  await put(files);
  return server.cpuSeconds() - before;
}

try {
  // Before anything writes: what waits to be written takes from the cores that these two need.
  const passing = {
    bare: () => put(bare.url),
    discarding: async () => put(await newPackage(discarding.url, archive.token)),
  };
  for (const warmUp of Object.values(passing)) await warmUp();
  const passed = await interleaved(passing, repetitions);
  const size = `${bytes / 1024 ** 2} MiB`;
  const speed = (seconds: readonly number[]): string => `${mebibytes(median(seconds))} MiB/s`;
  report(
    'G4 PUT with both digests, speed relative to a bare SHA-256 receiver, nothing stored',
    passed.map((r) => r.bare / r.discarding),
    { min: 0.9 },
    'ratio',
    `${size}; bare ${speed(passed.map((r) => r.bare))}, discarding ${speed(passed.map((r) => r.discarding))}`,
  );
  const together = { shared: () => putMany(discarding), inline: () => putMany(both) };
  for (const warmUp of Object.values(together)) await warmUp();
  report(
    `${atOnce} PUTs at once, nothing stored, speed relative to digests in the thread that receives`,
    (await interleaved(together, repetitions)).map((r) => r.inline / r.shared),
    null,
    'ratio',
  );
  const spent = {
    one: () => cpuOfPut(one),
    both: () => cpuOfPut(both),
    blake3: () => cpuSeconds(() => digestFromCache(new Blake3Hasher(), bytes, fileReads)),
  };
  for (const warmUp of Object.values(spent)) await warmUp();
  const cpus = await interleaved(spent, cpuRepetitions);
  const cpu = (name: keyof typeof spent): string =>
    `${name} ${((median(cpus.map((r) => r[name])) * 1024 ** 3) / bytes).toFixed(2)} CPU s/GiB`;
  report(
    'G2 CPU of a PUT with both digests relative to one with SHA-256 alone and the BLAKE3 library by itself, the whole gateway, one thread',
    cpus.map((r) => r.both / (r.one + r.blake3)),
    { max: 1.05 },
    'ratio',
    `${size}; ${cpu('one')}, ${cpu('both')}, ${cpu('blake3')}`,
  );
  const alone = cpus.map((r) => r.both / r.one);
  report('the same relative to a PUT with SHA-256 alone', alone, null, 'ratio');
  const least = cpus.map((r) => (r.one + r.blake3) / r.one);
  report('the least that this can be: SHA-256 alone, and the BLAKE3 library by itself on top', least, null, 'ratio');
  const storing = {
    writing: () => put(writing.url),
    gateway: async () => put(await newPackage(archive.url, archive.token)),
  };
  for (const warmUp of Object.values(storing)) await warmUp();
  const stored = await interleaved(storing, repetitions);
  report(
    'PUT with both digests, stored and synced, relative to a bare receiver that writes and syncs',
    stored.map((r) => r.writing / r.gateway),
    null,
    'ratio',
    `${size}; writing ${speed(stored.map((r) => r.writing))}, gateway ${speed(stored.map((r) => r.gateway))}`,
  );
} finally {
  await Promise.all([discarding.stop(), both.stop(), one.stop(), bare.stop(), writing.stop()]);
  await archive.stop();
}
