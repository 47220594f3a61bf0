import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';

/** A file or a link as git has it. `size` in bytes. */
export interface GitBlob {
  readonly path: string;
  readonly object: string;
  readonly link: boolean;
  readonly size: number;
}

/** Which paths are asked about; of the others git is not asked the size. */
type Wanted = (path: string) => boolean;

/** The top folder of the work tree; null where there is none. Throws when git cannot tell, as when the folder belongs to somebody else: silence would look like a clean repository. */
export async function workTree(directory: string): Promise<string | null> {
  const { output, ended } = git(directory, ['rev-parse', '--show-toplevel']);
  const told = text(output);
  try {
    await ended;
    return (await told).replace(/\n$/, '');
  } catch (error) {
    if (error instanceof CliError && /not a git repository/.test(error.message)) return null;
    if (hasCode(error, 'ENOENT') && !(await isBelowGit(directory))) return null;
    throw error instanceof CliError
      ? error
      : new CliError('failed', `git cannot be run: ${String(error)}. Without it nothing is known of the repository.`);
  }
}

async function isBelowGit(directory: string): Promise<boolean> {
  const here = await access(join(directory, '.git')).then(
    () => true,
    () => false,
  );
  return here || (dirname(directory) !== directory && isBelowGit(dirname(directory)));
}

/** False in a clone that has only the newest commits: what it does not have cannot be looked at. */
export async function hasWholeHistory(top: string): Promise<boolean> {
  const { output, ended } = git(top, ['rev-parse', '--is-shallow-repository']);
  const [told] = await Promise.all([text(output), ended]);
  return told.trim() === 'false';
}

/** What the next commit would hold: the index, so what is staged counts and what is not does not. */
export function stagedBlobs(top: string, wanted: Wanted): AsyncGenerator<GitBlob> {
  return sized(top, indexEntries(top), wanted);
}

/** Every content that any ref reaches, under every path it ever had there. */
export function historicBlobs(top: string, wanted: Wanted): AsyncGenerator<GitBlob> {
  return sized(top, historyEntries(top), wanted);
}

interface Entry {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

/** `git ls-files --stage -z`: mode SP object SP stage TAB path NUL. */
async function* indexEntries(top: string): AsyncGenerator<Entry> {
  for await (const entry of listing(top, ['ls-files', '--stage', '-z'])) {
    const tab = entry.indexOf('\t');
    const [mode = '', object = ''] = entry.slice(0, tab).split(' ');
    yield { mode, object, path: entry.slice(tab + 1) };
  }
}

/** `git log --raw -z`: a token of facts, which begins with a colon, and a token with the path. Renames are told as what they are, another path. */
async function* historyEntries(top: string): AsyncGenerator<Entry> {
  const raw = ['--all', '--root', '-m', '--raw', '-z', '--no-abbrev', '--no-renames', '--diff-filter=d', '--format='];
  let facts: string | null = null;
  for await (const token of listing(top, ['log', ...raw])) {
    if (facts === null) {
      const start = token.indexOf(':');
      facts = start < 0 ? null : token.slice(start + 1);
      continue;
    }
    const [, mode = '', , object = ''] = facts.split(' ');
    facts = null;
    yield { mode, object, path: token };
  }
}

const [submodule, symbolicLink] = ['160000', '120000'];

/** Asks git for the sizes, one object after the other, whatever the length of a history. */
async function* sized(top: string, entries: AsyncIterable<Entry>, wanted: Wanted): AsyncGenerator<GitBlob> {
  const sizes = git(top, ['cat-file', '--batch-check=%(objecttype) %(objectsize)'], 'pipe');
  const answers = createInterface({ input: sizes.output })[Symbol.asyncIterator]();
  const seen = new Set<string>();
  try {
    for await (const { mode, object, path } of entries) {
      const known = `${object} ${path}`;
      if (mode === submodule || !wanted(path) || seen.has(known)) continue;
      seen.add(known);
      sizes.input?.write(`${object}\n`);
      const answer = await answers.next();
      if (answer.done === true) await sizes.ended;
      const [type, size] = String(answer.value).split(' ');
      if (type !== 'blob')
        throw new CliError('failed', `git does not have ${object} (${path}) here. Fetch the whole repository, or repair it (git fsck).`);
      yield { path, object, link: mode === symbolicLink, size: Number(size) };
    }
    sizes.input?.end();
    await sizes.ended;
  } finally {
    sizes.kill();
  }
}

async function* listing(top: string, args: readonly string[]): AsyncGenerator<string> {
  const { output, ended, kill } = git(top, args);
  try {
    let rest = '';
    for await (const chunk of output.setEncoding('utf8') as AsyncIterable<string>) {
      const entries = (rest + chunk).split('\0');
      rest = entries.pop() ?? '';
      yield* entries;
    }
    await ended;
  } finally {
    kill();
  }
}

interface GitProcess {
  readonly input: Writable | null;
  readonly output: Readable;
  /** Rejects with git's own words when it failed. */
  readonly ended: Promise<void>;
  readonly kill: () => void;
}

/** Its messages in the language that is read here; and what a partial clone does not have is not fetched from anywhere. */
const environment = { LC_ALL: 'C', GIT_NO_LAZY_FETCH: '1' };

function git(directory: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): GitProcess {
  const child = spawn('git', args, {
    cwd: directory,
    stdio: [stdin, 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  }) as ChildProcessByStdio<Writable | null, Readable, Readable>;
  const said = text(child.stderr);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else said.then((words) => reject(new CliError('failed', `git ${args.join(' ')} failed: ${words.trim()}`)), reject);
    });
  });
  // Heard of where it is awaited; a process that was killed because nobody reads on is no error, and one that is gone is told by `ended`.
  ended.catch(() => undefined);
  child.stdin?.on('error', () => undefined);
  return { input: child.stdin, output: child.stdout, ended, kill: () => void child.kill() };
}
