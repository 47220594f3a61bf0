import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CliError } from '../exit-codes.js';

/** A file as git has it. `size` in bytes. */
export interface GitBlob {
  readonly path: string;
  readonly size: number;
}

/** The top folder of the work tree; null where there is no git or no work tree. */
export async function workTree(directory: string): Promise<string | null> {
  try {
    const { output, ended } = git(directory, ['rev-parse', '--show-toplevel']);
    const [top] = await Promise.all([text(output), ended]);
    return top.trim() === '' ? null : top.trim();
  } catch {
    return null;
  }
}

/** What the next commit would hold: the index, so what is staged counts and what is not does not. */
export async function* stagedBlobs(top: string, wanted: (path: string) => boolean): AsyncGenerator<GitBlob> {
  // mode SP object SP stage TAB path NUL
  yield* sized(top, ['ls-files', '--stage', '-z'], (entry) => {
    const [facts = '', path = ''] = entry.split('\t', 2);
    return wanted(path) ? { object: facts.split(' ')[1] ?? '', path } : null;
  });
}

/** Every file that any ref reaches, once per content. */
export async function* historicBlobs(top: string, wanted: (path: string) => boolean): AsyncGenerator<GitBlob> {
  // object SP path; commits and top trees have no path
  yield* sized(top, ['-c', 'core.quotePath=false', 'rev-list', '--objects', '--all'], (entry) => {
    const space = entry.indexOf(' ');
    const path = entry.slice(space + 1);
    return space > 0 && wanted(path) ? { object: entry.slice(0, space), path } : null;
  });
}

interface Listed {
  readonly object: string;
  readonly path: string;
}

/** Asks git for the size of what one of its listings names; one object after the other, whatever the length of a history. */
async function* sized(top: string, listing: readonly string[], read: (entry: string) => Listed | null): AsyncGenerator<GitBlob> {
  const list = git(top, listing);
  const sizes = git(top, ['cat-file', '--batch-check=%(objecttype) %(objectsize)'], 'pipe');
  const answers = createInterface({ input: sizes.output })[Symbol.asyncIterator]();
  try {
    for await (const entry of entriesOf(list.output, listing.includes('-z') ? '\0' : '\n')) {
      const listed = read(entry);
      if (listed === null) continue;
      sizes.input?.write(`${listed.object}\n`);
      const [type, size] = String((await answers.next()).value).split(' ');
      if (type === 'blob') yield { path: listed.path, size: Number(size) };
    }
    sizes.input?.end();
    await Promise.all([list.ended, sizes.ended]);
  } finally {
    list.kill();
    sizes.kill();
  }
}

async function* entriesOf(output: Readable, separator: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of output.setEncoding('utf8') as AsyncIterable<string>) {
    const entries = (rest + chunk).split(separator);
    rest = entries.pop() ?? '';
    yield* entries;
  }
  if (rest !== '') yield rest;
}

interface GitProcess {
  readonly input: Writable | null;
  readonly output: Readable;
  /** Rejects with git's own words when it failed. */
  readonly ended: Promise<void>;
  readonly kill: () => void;
}

function git(directory: string, args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): GitProcess {
  const child = spawn('git', args, { cwd: directory, stdio: [stdin, 'pipe', 'pipe'] }) as ChildProcessByStdio<
    Writable | null,
    Readable,
    Readable
  >;
  const said = text(child.stderr);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else void said.then((words) => reject(new CliError('failed', `git ${args.join(' ')} failed: ${words.trim()}`)));
    });
  });
  // Heard of where it is awaited; a process that was killed because nobody reads on is no error.
  ended.catch(() => undefined);
  return { input: child.stdin, output: child.stdout, ended, kill: () => void child.kill() };
}
