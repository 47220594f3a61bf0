import { z } from 'zod';
import type { DataDirectory } from './data-directory.js';
import { identityOf, isAlive, processIdentity, type ProcessIdentity } from './process-identity.js';

const record = z.record(z.string(), processIdentity);
const patienceMs = 8_000;
const pollMs = 50;

/** Remembers which service processes run, for the next start after a kill -9. */
export function rememberProcesses(directory: DataDirectory, pids: ReadonlyMap<string, number>): void {
  const entries = [...pids].map(([name, pid]) => [name, identityOf(pid)] as const);
  directory.write(directory.processes, JSON.stringify(Object.fromEntries(entries)));
}

/**
 * Services whose supervisor was killed notice that and end by themselves; this waits for them, and kills the one that does not. They must be
 * gone before the database under them is restarted. Linux only: elsewhere a process number alone is not proof enough to kill.
 */
export async function endLeftovers(directory: DataDirectory): Promise<void> {
  const content = directory.read(directory.processes);
  if (content === null) return;
  const left = Object.values(record.safeParse(parse(content)).data ?? {});
  await gone(left, patienceMs);
  for (const process of left.filter(isAlive)) kill(process);
  await gone(left, patienceMs);
  directory.remove(directory.processes);
}

async function gone(processes: readonly ProcessIdentity[], milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds;
  while (processes.some(isAlive) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, pollMs));
}

function kill({ pid, started }: ProcessIdentity): void {
  if (started !== null) process.kill(pid, 'SIGKILL');
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // Written atomically, so only a hand can have spoiled it; then there is nobody to wait for.
    return {};
  }
}
