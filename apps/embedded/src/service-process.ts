import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const readyMessage = z.object({ ready: z.literal(true), adminPort: z.int(), port: z.int().nullable() });
export type Ready = z.output<typeof readyMessage>;

const firstPauseMs = 200;
const longestPauseMs = 10_000;
/** After so long a life, an end is news and not the next step of a crash loop. */
const steadyMs = 60_000;
const logTailBytes = 1_500;
const preload = import.meta.resolve('@muniment/platform/telemetry/preload');

export interface ServiceSetup {
  readonly name: string;
  readonly entry: URL;
  readonly logFile: string;
  /** Asked at each start. */
  readonly env: () => Readonly<Record<string, string | undefined>>;
  /** Called whenever a process of this service became ready. */
  readonly onReady: (ready: Ready) => void;
  /** Called when the process ended without being asked; it is started again after `pauseMs`. */
  readonly onEnded: (reason: string, pauseMs: number) => void;
}

/** One service as a child process that is kept alive until it is stopped. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private pauseMs = firstPauseMs;

  constructor(private readonly setup: ServiceSetup) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it; resolves when it is ready, rejects with the end of its log when it ends before. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = this.launch(resolve);
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(
          new Error(`${this.setup.name} did not start (${endOf(code, signal)}); the end of ${this.setup.logFile}:\n${this.logTail()}`),
        );
      });
    });
  }

  /** Asks it to drain and waits; kills it after `milliseconds`. */
  async stop(milliseconds: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    await exited;
    clearTimeout(killer);
  }

  kill(): void {
    this.stopping = true;
    clearTimeout(this.timer);
    this.child?.kill('SIGKILL');
  }

  private launch(ready: () => void): ChildProcess {
    const { entry, env, logFile } = this.setup;
    // The log file itself and not a pipe: what a service says must not depend on our being alive.
    const log = openSync(logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', '--import', preload, fileURLToPath(entry)], {
      env: { ...env() },
      stdio: ['ignore', log, log, 'ipc'],
      // Its own process group: Ctrl-C in the terminal reaches us only, and we stop them in order.
      detached: true,
    });
    closeSync(log);
    this.child = child;
    const born = Date.now();
    let wasReady = false;
    child.on('message', (message) => {
      const parsed = readyMessage.safeParse(message);
      if (!parsed.success) return;
      wasReady = true;
      this.setup.onReady(parsed.data);
      ready();
    });
    child.once('exit', (code, signal) => {
      if (this.stopping || (!wasReady && this.pauseMs === firstPauseMs)) return;
      this.restart(endOf(code, signal), Date.now() - born);
    });
    return child;
  }

  private restart(reason: string, livedMs: number): void {
    if (livedMs >= steadyMs) this.pauseMs = firstPauseMs;
    const pause = this.pauseMs;
    this.pauseMs = Math.min(pause * 2, longestPauseMs);
    this.setup.onEnded(reason, pause);
    this.timer = setTimeout(() => this.launch(() => undefined), pause);
  }

  private logTail(): string {
    return readFileSync(this.setup.logFile).subarray(-logTailBytes).toString('utf8').trim();
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exit code ${String(code)}` : signal;
}
