import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs `build` unless another process of this machine builds the same: then waits until that is over. `lock` is a file that names the building process; one
 * that is dead holds nobody up.
 */
export async function oneBuild(lock: string, isBuilt: () => boolean, build: () => Promise<void>): Promise<void> {
  while (!isBuilt()) {
    if (taken(lock)) {
      await pause(500);
      continue;
    }
    try {
      return await build();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

/** Whether somebody else has the lock; otherwise it is ours now. */
function taken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return false;
  } catch (error) {
    if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST')) throw error;
    if (!isAlive(lock)) rmSync(lock, { force: true });
    return true;
  }
}

function isAlive(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch {
    return false; // no such process, or the lock is gone already
  }
}
