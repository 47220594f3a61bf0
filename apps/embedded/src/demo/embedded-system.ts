import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const supervisor = fileURLToPath(new URL('../main.js', import.meta.url));
const startTimeoutMs = 120_000;
const stopTimeoutMs = 60_000;

/** The environment without anything that would point the demo at another archive. */
export function ownEnvironment(extra: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const outside = Object.entries(process.env).filter(([key]) => !key.startsWith('MUNIMENT_'));
  return { ...Object.fromEntries(outside), ...extra };
}

/** The same program as `npm start`, on a data directory of its own and any free port. */
export class EmbeddedSystem {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly dataDirectory: string,
    readonly token: string,
  ) {}

  /** Resolves when the archive is ready; an archive that does not start is an error with its last words. */
  static async start(dataDirectory: string): Promise<EmbeddedSystem> {
    const child = spawn(process.execPath, [supervisor], {
      env: ownEnvironment({ MUNIMENT_DATA_DIR: dataDirectory, MUNIMENT_PORT: '0' }),
      // The channel tells it when the demo is gone, even after kill -9: it stops then.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    try {
      const url = await readyUrl(child);
      const token = (await readFile(join(dataDirectory, 'admin-token'), 'utf8')).trim();
      return new EmbeddedSystem(child, url, dataDirectory, token);
    } catch (error) {
      await stopped(child);
      throw error;
    }
  }

  stop(): Promise<void> {
    return stopped(this.child);
  }

  /** A request as any HTTP client would send it; anything but success is an error. */
  async get(path: string, accept = '*/*'): Promise<Buffer> {
    const answer = await fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${this.token}`, accept } });
    const body = Buffer.from(await answer.arrayBuffer());
    if (!answer.ok) throw new Error(`GET ${path} answered ${String(answer.status)}: ${body.toString('utf8').slice(0, 500)}`);
    return body;
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const words: string[] = [];
    const fail = (why: string) => reject(new Error(`the archive did not start (${why}):\n${words.slice(-15).join('\n')}`));
    const timer = setTimeout(() => fail(`not ready after ${String(startTimeoutMs / 1000)} s`), startTimeoutMs);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        words.push(line);
        const url = /^muniment ready (\S+)$/.exec(line)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`exit ${String(code ?? signal)}`);
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await gone;
  clearTimeout(timer);
}
