import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../bytes/system-code.js';
import { removed } from './absence.js';

/** How link(2) says that there can be no other name for the file. A name that is taken comes first: where nothing can be linked, too, it is EEXIST. */
const noLink: ReadonlySet<string> = new Set(['EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

export function cannotBeLinked(error: unknown): boolean {
  return noLink.has(systemCode(error) ?? '');
}

/** Gives a file a second name. False where it can have none; every other failure is passed on. */
export async function linked(source: string, name: string): Promise<boolean> {
  try {
    await link(source, name);
    return true;
  } catch (error) {
    if (cannotBeLinked(error)) return false;
    throw error;
  }
}

/** Puts a copy of `source` in the place of `target`: made aside in `folder` (shared extents where possible), synced, renamed over. Both may be the same name. */
export async function copyOver(source: string, target: string, folder: string): Promise<void> {
  const temporary = join(folder, `copy-${randomUUID()}`);
  try {
    await copyFile(source, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const handle = await open(temporary, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } finally {
    await removed(temporary);
  }
}
