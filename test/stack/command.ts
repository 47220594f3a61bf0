import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ArchiveUnderTest } from './archive.js';

/** What a run of the command line told. */
export interface CommandRun {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  readonly json: () => unknown;
}

const bin = new URL('../../apps/cli/bin/', import.meta.url).href.replace('/test/apps/', '/apps/');

/** Runs the command line as a user would, against an archive. `artifactstore` is its older name. */
export function runCommandLine(
  { url, token, directory }: Pick<ArchiveUnderTest, 'url' | 'token' | 'directory'>,
  args: readonly string[],
  program: 'muniment' | 'artifactstore' = 'muniment',
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`${program}.mjs`, bin)), ...args], {
    env: { PATH: process.env['PATH'], HOME: directory, MUNIMENT_URL: url, MUNIMENT_TOKEN: token, ...env },
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told.output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told.errors += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...told, json: () => JSON.parse(told.output) as unknown }));
  });
}
