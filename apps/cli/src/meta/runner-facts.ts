import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Path the first archive hashed; another one can be named. */
export const defaultRequirements = 'doc_processor/requirements-heavy.txt';

/** What a record says about the machine and the sources that made the file. */
export interface RunnerFacts {
  readonly runner?: string;
  readonly python?: string;
  readonly requirementsHash?: string;
}

/** `uname -a`, the text of `python3 -V`, and the SHA-256 of the requirements file; each left out where it does not exist. */
export async function runnerFacts(cwd: string, requirements: string = defaultRequirements): Promise<RunnerFacts> {
  const [runner, python, requirementsHash] = await Promise.all([
    answerOf('uname', ['-a']),
    answerOf('python3', ['-V']),
    hashOf(resolve(cwd, requirements)),
  ]);
  return {
    ...(runner === null ? {} : { runner }),
    ...(python === null ? {} : { python }),
    ...(requirementsHash === null ? {} : { requirementsHash }),
  };
}

async function answerOf(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((done) => {
    execFile(program, args, { timeout: 5000 }, (error, stdout) => {
      // One line, no control characters: that is what a record can hold.
      const text = stdout.trim().replace(/\s+/g, ' ');
      done(error !== null || text === '' ? null : text);
    });
  });
}

async function hashOf(path: string): Promise<string | null> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
