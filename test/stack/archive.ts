import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureAdminToken, migrate, serviceLogin, startEmbeddedPostgres } from '@muniment/postgres';
import { preparePostgresQueue } from '@muniment/queue';
import { watch } from './process.js';

export type ServiceName = 'gateway' | 'hasher' | 'retention' | 'signer';

/** One service as the real process it is in production. */
export interface ServiceUnderTest {
  readonly service: ServiceName;
  readonly url: string | null;
  readonly adminUrl: string;
  readonly pid: number;
  /** kill -9: no warning, nothing flushed. */
  kill(): Promise<void>;
  /** SIGTERM and wait; resolves with the exit code. */
  stop(): Promise<number | null>;
  readonly log: () => string;
}

export interface ArchiveOptions {
  /** Extra environment for every service: backends, limits, intervals. */
  readonly env?: Readonly<Record<string, string>>;
  readonly services?: readonly ServiceName[];
  /**
   * Settings of the database server. By default no fsync: tests kill processes, not the machine, and the kernel keeps what a killed server wrote.
   * Measurements need the real thing.
   */
  readonly databaseSettings?: Readonly<Record<string, string>>;
}

/** A whole archive on this machine: embedded Postgres, a directory for objects, services as processes. */
export interface ArchiveUnderTest {
  readonly directory: string;
  readonly objects: string;
  readonly ownerUrl: string;
  /** Administrator's token. */
  readonly token: string;
  /** Public URL of the first gateway. */
  readonly url: string;
  /** Environment that every service gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts one more process of a service; `env` on top of the archive's. */
  start(service: ServiceName, env?: Readonly<Record<string, string>>): Promise<ServiceUnderTest>;
  readonly running: ReadonlySet<ServiceUnderTest>;
  stop(): Promise<void>;
}

const workspace = fileURLToPath(new URL('../..', import.meta.url))
  .replace(/\/test\/dist\/?$/, '/')
  .replace(/\/test\/?$/, '/');
const preload = path.join(workspace, 'libs/platform/dist/telemetry/preload.js');
const readyMs = 60_000;

/** Starts an archive; by default one gateway, one hasher and one retention service on the embedded backends. */
export async function startArchive({
  databaseSettings = { fsync: 'off' },
  env = {},
  services = ['gateway', 'hasher', 'retention'],
}: ArchiveOptions = {}): Promise<ArchiveUnderTest> {
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-archive-'));
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(directory, 'postgres'), settings: databaseSettings });
  // Services end with the test run, whose pipe they hold; the database has to be ended by somebody.
  const watcher = watch(postgres.pid, directory);
  const unwatch = (): unknown => watcher.stdin?.end('done\n');
  const running = new Set<ServiceUnderTest>();
  const objects = path.join(directory, 'objects');
  try {
    await migrate(postgres.url);
    await preparePostgresQueue(postgres.url, 'muniment_service');
    const base = {
      MUNIMENT_DATABASE_URL: await serviceLogin(postgres.url),
      MUNIMENT_QUEUE_BACKEND: 'postgres',
      MUNIMENT_OBJECT_STORE: 'filesystem',
      MUNIMENT_OBJECT_STORE_ROOT: objects,
      MUNIMENT_DRAIN_SECONDS: '5',
      ...env,
    };
    const start = async (service: ServiceName, more: Readonly<Record<string, string>> = {}): Promise<ServiceUnderTest> => {
      const port = service === 'gateway' ? { MUNIMENT_PORT: '0' } : {};
      // As in a real installation, no other service is even told where keys are.
      const keys =
        service === 'signer'
          ? {
              MUNIMENT_SIGNER_KEYS: path.join(directory, 'keys'),
              MUNIMENT_SIGNER_MAKE_KEYS: 'true',
              MUNIMENT_LOG_CHECKPOINT_FILE: path.join(directory, 'signed-checkpoint'),
            }
          : {};
      const started = await launch(service, directory, { ...base, ...port, ...keys, ...more }, (gone) => running.delete(gone));
      running.add(started);
      return started;
    };
    const token = await ensureAdminToken(postgres.url, null);
    const first = await Promise.all(services.map((service) => start(service)));
    const stop = async (): Promise<void> => {
      await Promise.all([...running].map((service) => service.stop()));
      await postgres.stop();
      unwatch();
      rmSync(directory, { recursive: true, force: true });
    };
    const url = first.find((service) => service.url !== null)?.url ?? '';
    return { directory, objects, ownerUrl: postgres.url, token, url, environment: base, start, running, stop };
  } catch (error) {
    for (const service of running) await service.kill();
    await postgres.stop();
    unwatch();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

let launched = 0;

async function launch(
  service: ServiceName,
  directory: string,
  env: Readonly<Record<string, string>>,
  onExit: (service: ServiceUnderTest) => void,
): Promise<ServiceUnderTest> {
  const logFile = path.join(directory, `${service}-${launched++}.log`);
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--import', preload, path.join(workspace, 'apps', service, 'dist/main.js')], {
    // Services are started over and over: their compiled code is kept between starts.
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: path.join(tmpdir(), 'muniment-compile-cache'), ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const ready = await readiness(child, exited, () => readFileSync(logFile, 'utf8').slice(-4_000));
  const host = env['MUNIMENT_HOST'] ?? '127.0.0.1';
  const started: ServiceUnderTest = {
    service,
    url: ready.port === null ? null : `http://${host}:${ready.port}`,
    adminUrl: `http://${host}:${ready.adminPort}`,
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
    log: () => readFileSync(logFile, 'utf8'),
  };
  void exited.then(() => onExit(started));
  return started;
}

interface Ready {
  readonly port: number | null;
  readonly adminPort: number;
}

function readiness(child: ChildProcess, exited: Promise<number | null>, log: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready in time: ${log()}`));
    }, readyMs);
    child.once('message', (message) => {
      clearTimeout(timer);
      resolve(message as Ready);
    });
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready: ${log()}`));
    });
  });
}
