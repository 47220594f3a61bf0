import { execFileSync } from 'node:child_process';
import { findProgram } from './process.js';

/** Null when the program is there or could be installed from Debian's package; otherwise the reason to print when skipping. */
export function needProgram(program: string, debianPackage: string): string | null {
  if (findProgram(program) !== undefined) return null;
  const why = `${program} is missing, and only root with apt-get can install ${debianPackage}`;
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) return why;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore' } as const;
  try {
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], options);
  } catch (error) {
    return `${program} could not be installed: ${String(error)}`;
  }
  return findProgram(program) === undefined ? why : null;
}
