import { closeSync, existsSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { systemCode } from '../bytes/system-code.js';
import type { SmallFile, SmallFileBatch, SmallFileOutcomes } from './small-file-messages.js';

/** Owner writes, group reads; blobs are hard links to these files and keep the mode. */
export const stagedMode = 0o640;
export const takenMessage = 'The staging key is taken: staged bytes are never replaced.';

/** Stores the files one after the other and syncs their directory once. Blocks: for a thread of its own. One that fails leaves nothing and harms no other. */
export function writeSmallFiles({ directory, files }: SmallFileBatch): SmallFileOutcomes {
  const outcomes = files.map((file) => outcomeOf(() => writeOne(file)));
  const synced = outcomeOf(() => syncDirectory(directory));
  return outcomes.map((outcome) => outcome ?? synced);
}

function outcomeOf(act: () => void): SmallFileOutcomes[number] {
  try {
    act();
    return null;
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), code: systemCode(error) ?? null };
  }
}

function writeOne({ partial, path, bytes }: SmallFile): void {
  // Exclusive: a second writer of the same key fails here and touches nothing of the first.
  const file = openSync(partial, 'wx', stagedMode);
  try {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // Whoever holds the partial file is the only one who may create the final name, so this check cannot be overtaken.
    if (existsSync(path)) throw new Error(takenMessage);
    renameSync(partial, path);
  } catch (error) {
    unlinkSync(partial);
    throw error;
  }
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
