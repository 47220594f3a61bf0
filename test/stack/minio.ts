import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, freePort, startServer, stopAll, untilReady, type ServerProcess } from './process.js';

/** The last release whose sources are public; the Go checksum database pins its bytes. */
const pinned = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/muniment/bin');
const buildMs = 20 * 60_000;

/** An S3 server on loopback with an account of its own and no bucket yet. */
export interface RunningS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Kills the server at once, as a crash would, and starts it again on the same bytes and port. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** Null when a MinIO can be had here; otherwise the reason to print when skipping. */
export function minioUnavailable(): string | null {
  if (findMinio() !== undefined || findProgram('go') !== undefined) return null;
  return 'MinIO: no minio program in PATH, the Go bin folder or the cache, and no go to build it with';
}

/** Starts MinIO on a free port with a temporary data folder. Without the program, builds it once (minutes) into node_modules/.cache. */
export async function startMinio(): Promise<RunningS3> {
  const program = findMinio() ?? (await build());
  const directory = await mkdtemp(join(tmpdir(), 'muniment-minio-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const account = { accessKey: 'muniment-test', secretKey: 'muniment-test-secret' };
  const env = { MINIO_ROOT_USER: account.accessKey, MINIO_ROOT_PASSWORD: account.secretKey, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  const start = async (): Promise<ServerProcess> => {
    const args = ['server', '--quiet', '--address', `127.0.0.1:${port}`, join(directory, 'data')];
    const server = startServer(program, args, directory, env);
    await untilReady(server, 60_000, async () => (await fetch(`${endpoint}/minio/health/ready`)).ok).catch(async (error: unknown) => {
      await stopAll([server], directory);
      throw error;
    });
    return server;
  };
  let server = await start();
  return {
    endpoint,
    ...account,
    crash: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
      server = await start();
    },
    stop: () => stopAll([server], directory),
  };
}

function findMinio(): string | undefined {
  const goPath = process.env['GOPATH'] ?? join(homedir(), 'go');
  return findProgram('minio', [cache, ...goPath.split(':').map((folder) => join(folder, 'bin'))]);
}

async function build(): Promise<string> {
  const go = findProgram('go');
  if (go === undefined) throw new Error(minioUnavailable() ?? 'MinIO is not available');
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, 'minio.building');
  // mkdir is the lock: two test files must not build side by side.
  mkdirSync(lock);
  try {
    const env = { ...process.env, GOBIN: cache, CGO_ENABLED: '0' };
    await promisify(execFile)(go, ['install', `github.com/minio/minio@${pinned}`], { env, timeout: buildMs });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  const program = findMinio();
  if (program === undefined) throw new Error('go install brought no minio program');
  return program;
}
