import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server program of the bench, beside this file, that tells its port. */
export interface BenchServer {
  readonly url: string;
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
  return { url: `http://127.0.0.1:${port}`, stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.disconnect();
  const impatient = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(impatient);
}
