import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { openToOthers } from './unprivileged.js';

export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

const cache = '/var/cache/muniment';

/**
 * The programs at a place where the user `postgres` may run them. Below a closed directory it cannot: initdb asks access(2), which looks at the
 * real user and ignores capabilities. Root then keeps a copy (60 MB, one per installation) in the system's cache.
 */
export function reachablePrograms(programs: Programs): Programs {
  if (process.getuid?.() !== 0 || openToOthers(programs.postgres)) return programs;
  const native = path.dirname(path.dirname(programs.postgres));
  const copy = path.join(cache, `postgres-${createHash('sha256').update(native).digest('hex').slice(0, 16)}`);
  if (!existsSync(copy)) copyOnce(native, copy);
  return { initdb: path.join(copy, 'bin', 'initdb'), postgres: path.join(copy, 'bin', 'postgres') };
}

/** Whole or not at all, also when several start at once. */
function copyOnce(native: string, copy: string): void {
  mkdirSync(cache, { recursive: true });
  chmodSync(cache, 0o755);
  const half = `${copy}.${process.pid}`;
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  open(half);
  try {
    renameSync(half, copy);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

/** A restrictive umask must not close what is there to be run by another user. */
function open(target: string): void {
  const entry = lstatSync(target);
  if (entry.isSymbolicLink()) return;
  chmodSync(target, entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (entry.isDirectory()) for (const name of readdirSync(target)) open(path.join(target, name));
}
