import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process that is told apart from a later one with the same number. `started` is null where the system does not tell (not Linux). */
export const processIdentity = z.object({ pid: z.int().positive(), started: z.string().nullable() });
export type ProcessIdentity = z.output<typeof processIdentity>;

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

export function isAlive({ pid, started }: ProcessIdentity): boolean {
  if (process.platform === 'linux') return started !== null && startOf(pid) === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Boot-relative start time (proc(5), field 22 of stat); null for a process that is gone or is a zombie. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
