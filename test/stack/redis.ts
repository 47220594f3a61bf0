import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
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
  const program = findProgram() ?? (await install());
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-redis-'));
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--daemonize', 'no'];
  const durable = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
  const child = spawn(program, [...flags, ...durable], { stdio: ['ignore', 'pipe', 'pipe'] });
  // A test run that ends abnormally must not leave the server behind.
  const killer = () => child.kill('SIGKILL');
  process.once('exit', killer);
  const stop = async () => {
    process.off('exit', killer);
    await ended(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

function findProgram(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/local/bin'];
  return programs.flatMap((program) => folders.map((folder) => path.join(folder, program))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function install(): Promise<string> {
  const cannot = 'these tests need redis-server or valkey-server in PATH, and it cannot be installed:';
  if (process.getuid?.() !== 0) throw new Error(`${cannot} not root`);
  if (!isExecutable('/usr/bin/apt-get')) throw new Error(`${cannot} no apt-get here`);
  // Debian starts a service when it installs one; policy-rc.d with 101 ("not allowed") is its documented way to say no.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !isExecutable(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], { env });
  } catch (cause) {
    throw new Error(`${cannot} apt-get failed`, { cause });
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
  const program = findProgram();
  if (program === undefined) throw new Error(`${cannot} the package brought no program`);
  return program;
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const late = setTimeout(() => reject(new Error(`redis did not start in time: ${output}`)), readyMs);
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (!/ready to accept connections/i.test(output)) return;
      clearTimeout(late);
      child.stdout?.removeListener('data', hear).resume();
      resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`redis ended with code ${code}: ${output}`));
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(impatient);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
