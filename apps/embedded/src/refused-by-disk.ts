import { StartRefused } from './start-refused.js';

const taken = 'a file is where a folder should be';
const foreign = 'it, or a folder above it, belongs to somebody else or may not be written';
const full = 'there is no room left';

/** Codes of errno(3) that a person can do something about. */
const reasons: Readonly<Record<string, string>> = {
  EEXIST: taken,
  ENOTDIR: taken,
  ENOENT: 'nothing can be made there',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EACCES: foreign,
  EPERM: foreign,
  ENOTEMPTY: 'it is used for other things',
  EROFS: 'the file system is read-only',
  ENOSPC: full,
  EDQUOT: full,
};

/** Runs work on the data directory. What the disk refuses becomes one line that says what is wrong and what to do; other errors pass. */
export function orRefused<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const refused = Object.entries(reasons).find(([code]) => hasCode(error, code));
    if (refused === undefined || !(error instanceof Error)) throw error;
    throw new StartRefused(
      `cannot keep data in ${directory}: ${refused[1]} (${error.message}); set MUNIMENT_DATA_DIR to a folder you may write`,
      { cause: error },
    );
  }
}

/** True for a system error with this code (`ENOENT`, ...). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
