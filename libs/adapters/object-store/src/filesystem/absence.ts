import { unlink } from 'node:fs/promises';
import { systemCode } from '../bytes/system-code.js';

/** The result of a file operation, or null when the file is not there. Every other error is passed on. */
export async function unlessAbsent<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Removes a file. True when it was there. One system call, where the general-purpose `rm` takes several. */
export async function removed(path: string): Promise<boolean> {
  return (await unlessAbsent(unlink(path).then(() => true))) ?? false;
}
