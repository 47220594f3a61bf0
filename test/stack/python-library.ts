import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './process.js';

const cache = path.resolve(import.meta.dirname, '../../node_modules/.cache/muniment/python');

/** A Python library in a folder of its own, for PYTHONPATH; or why it cannot be had. */
export type PythonLibrary = { readonly folder: string } | { readonly unavailable: string };

/**
 * Installs `requirement` (pinned: `name==version`) once into the cache with pip. Nothing outside of the cache changes. With digests, only one of these
 * files is installed, and nothing that it depends on.
 */
export function pythonLibrary(requirement: string, sha256: readonly string[] = []): PythonLibrary {
  if (findProgram('python3') === undefined) return { unavailable: `${requirement}: no python3` };
  const version = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' }).trim();
  const folder = path.join(cache, `${requirement}-python${version}`);
  if (existsSync(folder)) return { folder };
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, 'installing-'));
  try {
    const wanted = sha256.length === 0 ? [requirement] : ['--no-deps', '--require-hashes', '-r', pinned(fresh, requirement, sha256)];
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', fresh, ...wanted], { stdio: 'pipe', timeout: 120_000 });
    if (!existsSync(folder)) renameSync(fresh, folder);
    return { folder };
  } catch (error) {
    return { unavailable: `${requirement}: pip could not install it: ${String(error).slice(0, 300)}` };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** pip takes digests in a file only. */
function pinned(folder: string, requirement: string, sha256: readonly string[]): string {
  const file = path.join(folder, 'requirements.txt');
  writeFileSync(file, `${[requirement, ...sha256.map((digest) => `--hash=sha256:${digest}`)].join(' ')}\n`);
  return file;
}
