import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A server program of the bench, beside this file, that tells its port. */
export interface BenchServer {
  readonly url: string;
  /** CPU seconds of all its threads so far, as the kernel counts them: in hundredths. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startBenchServer(
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  execArgv: readonly string[] = [],
): Promise<BenchServer> {
  const program = fileURLToPath(new URL(`${name}.js`, import.meta.url));
  const child = fork(program, [...args], {
    env: { PATH: process.env['PATH'], ...env },
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, cpuSeconds: () => cpuSecondsOf(child.pid ?? 0), stop: () => stopped(child) };
}

/** CPU seconds of a process, all its threads together: utime and stime of proc(5); the name before them may hold anything, and ends with the last parenthesis. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  const impatient = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(impatient);
}
