import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from './refused-by-disk.js';

/**
 * Makes a folder, and those above it that are missing, for the owner only; one that is there stays as it is. Throws what the system says.
 * Each by itself: mkdir with `recursive` never returns below /proc.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let each = folder; !existsSync(each); each = path.dirname(each)) missing.unshift(each);
  for (const each of missing) makeOne(each);
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' });
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody made it in the same moment.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}
