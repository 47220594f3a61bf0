import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const supervisor = fileURLToPath(new URL('./supervisor.fixture.mjs', import.meta.url));
const endpoints = z.object({
  url: z.url(),
  admin: z.record(z.string(), z.url()),
  database_url: z.url(),
  pids: z.record(z.string(), z.int()),
});
const facts = z.looseObject({ pid: z.int(), MUNIMENT_DATABASE_URL: z.url() });

let folder: string;
let data: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'muniment-embedded-'));
  data = path.join(folder, 'data');
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function launch(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [supervisor], {
    cwd: folder,
    env: { PATH: process.env['PATH'], MUNIMENT_DATA_DIR: data, MUNIMENT_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { child, output: () => output, exited: new Promise((resolve) => child.once('exit', resolve)) };
}

async function until<T>(what: string, look: () => T | null | undefined | false | Promise<T | null | undefined | false>): Promise<T> {
  const end = Date.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ready(run: Run): Promise<string> {
  let gone = false;
  void run.exited.then(() => (gone = true));
  const [, url] = await until('the ready line', () => {
    if (gone) throw new Error(run.output());
    return /^muniment ready (http:\S+)$/m.exec(run.output());
  });
  return String(url);
}

const published = (): z.output<typeof endpoints> => endpoints.parse(JSON.parse(readFileSync(path.join(data, 'endpoints.json'), 'utf8')));
const mode = (name: string): number => statSync(path.join(data, name)).mode & 0o777;
const factsAt = async (url: string): Promise<z.output<typeof facts>> => facts.parse(await (await fetch(`${url}/facts`)).json());
/** A process that has ended stays in the table (state Z of proc(5)) until its parent asks for it; that of an orphan may take its time. */
const alive = (pid: number): boolean => {
  const stat = `/proc/${String(pid)}/stat`;
  try {
    return !/\) Z /.test(readFileSync(stat, 'utf8'));
  } catch {
    return false;
  }
};

describe('runEmbedded', () => {
  it('starts everything, keeps secrets to the owner, stops cleanly and starts again on the same data', async () => {
    const first = launch();
    const url = await ready(first);
    const seen = await factsAt(url);
    expect(seen).toMatchObject({ MUNIMENT_QUEUE_BACKEND: 'postgres', MUNIMENT_OBJECT_STORE_ROOT: path.join(data, 'objects') });
    expect(new URL(seen.MUNIMENT_DATABASE_URL).username).toBe('muniment');
    expect(published()).toMatchObject({ url, pids: { gateway: seen.pid, supervisor: first.child.pid } });
    for (const admin of Object.values(published().admin)) expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    expect([mode('.'), mode('admin-token'), mode('endpoints.json'), mode('logs/gateway.log')]).toEqual([0o700, 0o600, 0o600, 0o600]);
    const token = readFileSync(path.join(data, 'admin-token'), 'utf8');
    expect(first.output()).not.toContain(token.trim());

    first.child.kill('SIGINT');
    expect(await first.exited).toBe(0);
    expect(alive(seen.pid)).toBe(false);
    expect(existsSync(path.join(data, 'endpoints.json'))).toBe(false);

    await ready(launch());
    expect(readFileSync(path.join(data, 'admin-token'), 'utf8')).toBe(token);
  }, 120_000);

  it('starts a service again that was killed, on the same port, and says so', async () => {
    const run = launch();
    const url = await ready(run);
    const { pid } = await factsAt(url);
    process.kill(pid, 'SIGKILL');
    const next = await until('another gateway', async () => {
      const answer = await factsAt(url).catch(() => null);
      return answer !== null && answer.pid !== pid && answer.pid;
    });
    await until('endpoints.json to follow', () => published().pids['gateway'] === next);
    expect(run.output()).toMatch(/gateway ended \(SIGKILL\); starting it again/);
  }, 120_000);

  it('starts again after its own kill -9, when services and database still run', async () => {
    const first = launch();
    const { pid } = await factsAt(await ready(first));
    first.child.kill('SIGKILL');
    await first.exited;
    const second = await factsAt(await ready(launch()));
    expect(second.pid).not.toBe(pid);
    expect(alive(pid)).toBe(false);
  }, 120_000);

  it('starts the database again that was killed', async () => {
    const run = launch();
    await ready(run);
    process.kill(Number(readFileSync(path.join(data, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    await until('the database', () => run.output().includes('the database is up again'));
  }, 120_000);

  it('says that another one already runs on the directory, and leaves that one alone', async () => {
    const first = launch();
    const url = await ready(first);
    const second = launch();
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/^muniment: another Muniment \(process \d+\) already runs on /m);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }, 120_000);

  it.each([
    ['below a file', 'file/data', 'a file is where a folder should be'],
    ['in place of which is a file', 'file', 'a file is where a folder should be'],
    ['where no folder can be made', '/proc/nothing/data', 'nothing can be made there'],
  ])('refuses a data directory %s, in one line and at once', async (_what, place, why) => {
    writeFileSync(path.join(folder, 'file'), 'mine', { mode: 0o640 });
    const run = launch({ MUNIMENT_DATA_DIR: place });
    expect(await run.exited).toBe(1);
    expect(run.output()).toMatch(/^muniment: cannot keep data in .*; set MUNIMENT_DATA_DIR to a folder you may write\n$/);
    expect(run.output()).toContain(`cannot keep data in ${place}: ${why} (`);
    expect(statSync(path.join(folder, 'file')).mode & 0o777).toBe(0o640);
  });

  it('says that the port is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const run = launch({ MUNIMENT_PORT: String(port) });
    expect(await run.exited).toBe(1);
    other.close();
    expect(run.output()).toContain(`another program already listens on 127.0.0.1:${String(port)}; set MUNIMENT_PORT`);
  }, 120_000);

  it('says in one line that the database it was given does not answer', async () => {
    const run = launch({ MUNIMENT_DATABASE_URL: 'postgresql://somebody:secret@127.0.0.1:1/none' });
    expect(await run.exited).toBe(1);
    expect(run.output()).toMatch(
      /^muniment: the database of MUNIMENT_DATABASE_URL cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1; correct it, [^\n]+\n$/,
    );
  });

  it('shows the log of a service that does not start, and stops the others', async () => {
    const run = launch({ DUMMY_FAILS: 'hasher' });
    expect(await run.exited).toBe(1);
    expect(run.output()).toMatch(/hasher did not start \(exit code 1\)[^]*this dummy fails/);
    expect(existsSync(path.join(data, 'lock'))).toBe(false);
  }, 120_000);

  it('stops while it is still starting', async () => {
    const run = launch();
    await until('the data directory', () => existsSync(path.join(data, 'lock')));
    run.child.kill('SIGTERM');
    expect(await run.exited).toBe(0);
  }, 120_000);

  it('lists configuration problems', async () => {
    const run = launch({ MUNIMENT_PORT: 'x', MUNIMENT_DATADIR: 'y' });
    expect(await run.exited).toBe(78);
    expect(run.output()).toContain('MUNIMENT_DATADIR: no such variable');
    expect(run.output()).toContain('MUNIMENT_PORT: ');
  });
});
