import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hasCode } from './refused-by-disk.js';
import { StartRefused } from './start-refused.js';
import { identityOf, isAlive, processIdentity } from './process-identity.js';

const attempts = 5;

/** Makes this process the only one on a data directory. A lock of a process that was killed is taken over. Returns how to give it back. */
export function lockDirectory(lock: string, directory: string): () => void {
  const mine = JSON.stringify(identityOf(process.pid));
  const draft = `${lock}.${String(process.pid)}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (linked(draft, lock)) {
        return () => {
          if (contentOf(lock) === mine) rmSync(lock, { force: true });
        };
      }
      const content = contentOf(lock);
      const pid = holderOf(content);
      if (pid !== null)
        throw new StartRefused(`another Muniment (process ${String(pid)}) already runs on ${directory}; stop it, or set MUNIMENT_DATA_DIR`);
      if (content !== null) removeStale(lock, `${draft}.stale`, content);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new StartRefused(`the lock ${lock} changes hands all the time; is something starting Muniment in a loop?`);
}

/** Linking is atomic and refuses an existing name, and the file is complete from the start. */
function linked(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function contentOf(lock: string): string | null {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return null;
  }
}

/** Process number of a living holder; null for a dead or unreadable one. */
function holderOf(content: string | null): number | null {
  if (content === null || content === '') return null;
  const holder = processIdentity.safeParse(JSON.parse(content)).data;
  return holder !== undefined && isAlive(holder) ? holder.pid : null;
}

/** Moves the stale lock away. Whoever moved a fresh one by mistake (two starts at once) puts it back. */
function removeStale(lock: string, aside: string, stale: string): void {
  try {
    renameSync(lock, aside);
  } catch {
    return; // Somebody else has moved it: the next round sees what is there.
  }
  if (contentOf(aside) !== stale) linked(aside, lock);
  rmSync(aside, { force: true });
}
