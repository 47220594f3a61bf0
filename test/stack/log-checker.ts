import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './process.js';

const sources = resolve(import.meta.dirname, '../log/go');
const cache = resolve(import.meta.dirname, '../../node_modules/.cache/muniment/bin');
/** Longest that {@link buildLogChecker} may take: two modules are loaded and a few packages compiled, once. */
export const logCheckerBuildMs = 5 * 60_000;

/** Null when the Go program (golang.org/x/mod/sumdb, filippo.io/torchwood) can be built here; otherwise the reason to print when skipping. */
export function logCheckerUnavailable(): string | null {
  return existsSync(programPath()) || findProgram('go') !== undefined ? null : "Go's sumdb: no go to build the checker with";
}

/** What the Go program said. */
export interface GoVerdict {
  readonly accepted: boolean;
  readonly output: string;
  readonly reason: string;
}

/** Builds it once into node_modules/.cache. */
export async function buildLogChecker(): Promise<void> {
  const go = findProgram('go');
  if (existsSync(programPath()) || go === undefined) return;
  mkdirSync(cache, { recursive: true });
  // Built aside and moved in one step: another test file may build at the same time, and a killed build leaves no half program.
  const aside = mkdtempSync(join(cache, 'logcheck-'));
  try {
    const env = { ...process.env, CGO_ENABLED: '0' };
    await promisify(execFile)(go, ['build', '-o', join(aside, 'logcheck'), '.'], { cwd: sources, env, timeout: logCheckerBuildMs });
    renameSync(join(aside, 'logcheck'), programPath());
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Runs one check with `input` as standard input. Does not throw when Go refuses. */
export function logCheck(args: readonly string[], input = ''): Promise<GoVerdict> {
  return new Promise((answer, reject) => {
    const child = execFile(programPath(), args, (error, output, reason) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error('the Go checker cannot be run', { cause: error }));
      else answer({ accepted: error === null, output, reason });
    });
    child.stdin?.on('error', () => undefined); // it may refuse before it has read all
    child.stdin?.end(input);
  });
}

/** Its name tells its sources, so that an edited one is built anew. */
function programPath(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return join(cache, `logcheck-${hash.digest('hex').slice(0, 16)}`);
}
