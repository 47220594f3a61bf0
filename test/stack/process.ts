import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a test must end. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** A server program of the test's own. */
export interface ServerProcess extends Stoppable {
  readonly pid: number;
  /** What it printed last, for error messages. */
  output(): string;
  /** Throws when the program has ended: whoever waits for it to become ready need not wait on. */
  assertRunning(): void;
  /** Ends it, politely first, and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
}

const keptOutput = 16 * 1024;
const politeMs = 5_000;

/**
 * Starts a program in the foreground. A watcher process outlives this one just long enough to end the program and remove `directory` should the test
 * run die without a word (kill -9 included): its standard input closes then.
 */
export function startServer(program: string, args: readonly string[], directory: string, env: NodeJS.ProcessEnv = {}): ServerProcess {
  const child = spawn(program, args, { cwd: directory, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const hear = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-keptOutput));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.on('error', (error) => void (output += error.message));
  if (child.pid === undefined) throw new Error(`${program} cannot be started.`);
  const watcher = watch(child.pid, directory);
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid: child.pid,
    output: () => output,
    assertRunning: () => {
      if (ended()) throw new Error(`${program} ended by itself: ${output}`);
    },
    stop: async () => {
      await stopChild(child, ended);
      watcher.stdin?.end('done\n');
    },
  };
}

/** Ends when told "done"; when its input just closes, its parent is dead and it cleans up instead. A session of its own: Ctrl-C must not reach it. */
export function watch(pid: number, directory: string): ChildProcess {
  const script = 'read -r told && exit 0; kill -9 "$1" 2>/dev/null; sleep 1; rm -rf -- "$2"';
  const watcher = spawn('/bin/sh', ['-c', script, 'watcher', String(pid), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  return watcher;
}

async function stopChild(child: ChildProcess, ended: () => boolean): Promise<void> {
  if (ended()) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), politeMs);
  await gone;
  clearTimeout(impatient);
}

/** Stops in reverse order of starting, then removes the directory. The first failure is reported after everything was tried. */
export async function stopAll(servers: readonly Stoppable[], directory: string): Promise<void> {
  const failures: unknown[] = [];
  for (const server of [...servers].reverse()) await server.stop().catch((error: unknown) => failures.push(error));
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  if (failures.length > 0) throw new AggregateError(failures, 'Some servers of the test did not stop.');
}

/** Full path of an executable on PATH or in `folders`; undefined when there is none. */
export function findProgram(program: string, folders: readonly string[] = []): string | undefined {
  const all = [...folders, ...(process.env['PATH'] ?? '').split(':'), '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/go/bin'];
  return all.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Polls until `ready` says true. Errors of `ready` mean "not yet". Throws with the server's words after `milliseconds`. */
export async function untilReady(server: ServerProcess, milliseconds: number, ready: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    server.assertRunning();
    if (await ready().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error(`A server of the test was not ready in time: ${server.output()}`);
    await pause(100);
  }
}

/** Below the range that Linux gives to outgoing connections (ip_local_port_range), one of which could else take the port before, or between, its servers. */
const firstPort = 20_000;
const ports = 12_000;

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = firstPort + Math.floor(Math.random() * ports);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${ports}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
