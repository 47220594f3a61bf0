import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrBuild, goProgramUnavailable, minio } from './go-program.js';
import { freePort, startServer, stopAll, untilReady, type ServerProcess } from './process.js';

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
  return goProgramUnavailable(minio);
}

/** Starts MinIO on a free port with a temporary data folder. Without the program, builds it once (minutes) into node_modules/.cache. */
export async function startMinio(): Promise<RunningS3> {
  const program = await findOrBuild(minio);
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
