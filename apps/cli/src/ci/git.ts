import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { nameSafe, repositoryOfRemote } from './repository-name.js';

/** Answer of a git command in `directory`; null without git, without a repository, or without an answer. */
async function git(directory: string, ...args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd: directory, timeout: 5000 }, (error, stdout) => {
      const text = stdout.trim();
      resolve(error !== null || text === '' ? null : text);
    });
  });
}

/** What git knows about the working directory; the directory's name stands in for an unknown repository (`local/<dirname>`). */
export async function gitContext(directory: string): Promise<{ repository: string; commit: string | null }> {
  const remote = await git(directory, 'config', '--get', 'remote.origin.url');
  const known = remote === null ? null : repositoryOfRemote(remote);
  return { repository: known ?? `local/${nameSafe(basename(directory))}`, commit: await git(directory, 'rev-parse', 'HEAD') };
}
