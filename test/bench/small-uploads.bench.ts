import { execFileSync } from 'node:child_process';
import { createHash, randomFillSync, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startArchive } from '../stack/archive.js';
import { findProgram, freePort, startServer, stopAll, untilReady } from '../stack/process.js';
import { newPackage, send } from './archive-client.js';
import { cpuSecondsOf, startBenchServer } from './child.js';
import { KeptConnection } from './kept-connection.js';
import { cpuSeconds, interleaved, median, report, wallSeconds } from './paired-runs.js';

/**
 * Goal G7: 4 KiB uploads, eight clients, each into a package (a repository) of its own. Here: PUT to the gateway; when it answers, the bytes are synced to
 * disk, both digests known, event and view committed by Postgres with fsync. There: Debian's docker-registry with its filesystem driver, POST and PUT of a
 * monolithic blob upload, which syncs nothing. The second witness (the hasher) works after the answer and is not running here, nor is anything like it
 * part of docker-registry.
 */
const size = 4096;
const clients = Number(process.env['MUNIMENT_BENCH_CLIENTS'] ?? 8);
const uploadsEach = Number(process.env['MUNIMENT_BENCH_UPLOADS'] ?? 500);
/** Rounds before those that count: V8 goes on compiling what runs often during the first 16,000 uploads or so; docker-registry was compiled when it was built. */
const warmUps = { registry: 2, gateway: 5, bare: 5 };
const repetitions = 5;
const sharedRepetitions = 3;

const program = findProgram('docker-registry');
if (program === undefined) throw new Error('needs docker-registry (Debian package docker-registry)');
const directory = mkdtempSync(path.join(tmpdir(), 'small-uploads-bench-'));
const registryUrl = `http://127.0.0.1:${await freePort()}`;
const config = {
  version: '0.1',
  log: { level: 'error', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: path.join(directory, 'registry') } },
  http: { addr: registryUrl.slice('http://'.length) },
};
// JSON is YAML.
writeFileSync(path.join(directory, 'config.yml'), JSON.stringify(config));
const registry = startServer(program, ['serve', path.join(directory, 'config.yml')], directory, { OTEL_TRACES_EXPORTER: 'none' });
const archive = await startArchive({ services: ['gateway'], databaseSettings: {} });
const bare = await startBenchServer('bare-archive', [archive.directory, archive.ownerUrl]);

/** How one client, on its connection, uploads one file. */
type Upload = (bytes: Buffer) => Promise<void>;

async function rate(url: string, uploadOf: (connection: KeptConnection) => Promise<Upload> | Upload): Promise<number> {
  const connections = await Promise.all(Array.from({ length: clients }, () => KeptConnection.open(url)));
  const all = await Promise.all(connections.map(async (connection) => uploadOf(connection)));
  const bodies = Array.from({ length: clients * uploadsEach }, () => randomFillSync(Buffer.alloc(size)));
  // What the other contestant left unwritten is written now: else the syncs of this one would have to write it, within its time.
  execFileSync('sync');
  const seconds = await wallSeconds(() =>
    Promise.all(
      all.map(async (put, client) => {
        for (const body of bodies.slice(client * uploadsEach, (client + 1) * uploadsEach)) await put(body);
      }),
    ),
  );
  for (const connection of connections) connection.close();
  return bodies.length / seconds;
}

let files = 0;

async function toGateway(connection: KeptConnection, target = newPackage(archive.url, archive.token)): Promise<Upload> {
  const url = await target;
  const headers = { authorization: `Bearer ${archive.token}`, 'content-type': 'application/octet-stream' };
  return async (bytes) => {
    const { status, body } = await connection.send('PUT', `${url}/file-${files++}`, headers, bytes);
    if (status !== 201) throw new Error(`the gateway answered ${status} ${body}`);
  };
}

function toBare(connection: KeptConnection): Upload {
  return async (bytes) => {
    const { status, body } = await connection.send('PUT', `/${randomUUID()}`, {}, bytes);
    if (status !== 201) throw new Error(`the bare archive answered ${status} ${body}`);
  };
}

function toRegistry(connection: KeptConnection): Upload {
  const repository = `${registryUrl}/v2/bench/${randomUUID()}`;
  return async (bytes) => {
    const begun = await connection.send('POST', `${repository}/blobs/uploads/`, {}, null);
    if (begun.status !== 202 || begun.location === undefined) throw new Error(`docker-registry answered ${begun.status} ${begun.body}`);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const headers = { 'content-type': 'application/octet-stream' };
    const { status, body } = await connection.send('PUT', `${begun.location}&digest=sha256:${digest}`, headers, bytes);
    if (status !== 201) throw new Error(`docker-registry answered ${status} ${body}`);
  };
}

try {
  await untilReady(registry, 20_000, async () => (await send('GET', `${registryUrl}/v2/`, {}, null)).status === 200);
  const contestants = {
    registry: () => rate(registryUrl, toRegistry),
    gateway: () => rate(archive.url, (connection) => toGateway(connection)),
    bare: () => rate(bare.url, toBare),
  };
  // All have run for a while when they are compared, as servers do.
  for (const [name, contestant] of Object.entries(contestants)) {
    for (let i = 0; i < warmUps[name as keyof typeof contestants]; i++) await contestant();
  }
  const runs = await interleaved(contestants, repetitions);
  const perSecond = (name: keyof typeof contestants): string => `${name} ${Math.round(median(runs.map((r) => r[name])))}/s`;
  const [gateway] = archive.running;
  const before = cpuSecondsOf(gateway?.pid ?? 0);
  const client = await cpuSeconds(async () => void (await contestants.gateway()));
  const perUpload = (seconds: number): number => (seconds * 1000) / (clients * uploadsEach);
  report('CPU of the gateway per 4 KiB upload', [perUpload(cpuSecondsOf(gateway?.pid ?? 0) - before)], null, 'ms');
  report('CPU of the measuring client per 4 KiB upload, its package and bytes included', [perUpload(client)], null, 'ms');
  const ratios = runs.map((r) => r.gateway / r.registry);
  report(
    'G7 durable 4 KiB uploads, rate relative to docker-registry, c=8',
    ratios,
    { min: 5 },
    'ratio',
    `${perSecond('gateway')}, ${perSecond('registry')}`,
  );
  // Appends to one package follow one another.
  const oneForAll = () => {
    const target = newPackage(archive.url, archive.token);
    return rate(archive.url, (connection) => toGateway(connection, target));
  };
  const shared = await interleaved({ each: contestants.gateway, oneForAll }, sharedRepetitions);
  report(
    'all clients into one package, rate relative to a package each',
    shared.map((r) => r.oneForAll / r.each),
    null,
    'ratio',
    `${Math.round(median(shared.map((r) => r.oneForAll)))}/s`,
  );
  const least = `${perSecond('bare')}: node:http, one sync and one statement for all that wait, and nothing else`;
  report(
    'the least that such an archive can do, relative to docker-registry',
    runs.map((r) => r.bare / r.registry),
    null,
    'ratio',
    least,
  );
} finally {
  await bare.stop();
  await archive.stop();
  await stopAll([registry], directory);
}
