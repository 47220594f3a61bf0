import { mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cannotInstall, installPackages } from './debian-package.js';
import { findProgram, freePort, startServer, stopAll, untilReady } from './process.js';

const programs = ['redis-server', 'valkey-server'];
const readyMs = 15_000;

/** A Redis of the test's own, set up as production must be: append-only file, no eviction. Loopback, free port, directory of its own. */
export interface RunningRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts redis-server or valkey-server. Without either, and as root on a system with apt-get, installs Debian's redis-server.
 * @throws Error telling why no server can be had
 */
export async function startRedis(): Promise<RunningRedis> {
  const program = installed() ?? install();
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-redis-'));
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--daemonize', 'no'];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
  const server = startServer(program, [...flags, ...durable], directory);
  const stop = (): Promise<void> => stopAll([server], directory);
  try {
    await untilReady(server, readyMs, () => answersPing(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

function installed(): string | undefined {
  return programs.map((program) => findProgram(program)).find((found) => found !== undefined);
}

function install(): string {
  const cannot = 'these tests need redis-server or valkey-server in PATH, and it cannot be installed:';
  const why = cannotInstall();
  if (why !== null) throw new Error(`${cannot} ${why}`);
  installPackages(['redis-server']);
  const program = installed();
  if (program === undefined) throw new Error(`${cannot} the package brought no program`);
  return program;
}

/** PING as an inline command (RESP). While the append-only file is loaded the answer is an error, which begins with "-". */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString().startsWith('+PONG'));
    });
  });
}
