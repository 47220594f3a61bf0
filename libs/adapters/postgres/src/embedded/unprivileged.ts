import { execFileSync, type SpawnOptions } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Postgres refuses to run as root. How its programs are started instead: a prefix to the command line, and whose files they are. */
export interface Unprivileged {
  readonly command: (program: string, args: readonly string[]) => { readonly program: string; readonly args: readonly string[] };
  readonly spawnOptions: Pick<SpawnOptions, 'uid' | 'gid'>;
  /** Owner the data directory must have; null when we are not root. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const direct: Unprivileged = { command: (program, args) => ({ program, args }), spawnOptions: {}, owner: null };

/**
 * As an ordinary user: start directly. As root: become the system user `postgres` (made when missing). When a directory above `paths` is closed to
 * others (a checkout below /root, a private temporary directory), that user also gets the one capability that lets it pass through.
 */
export function unprivileged(paths: readonly string[]): Unprivileged {
  if (process.getuid?.() !== 0) return direct;
  const owner = systemUser();
  if (paths.every(openToOthers)) {
    return { ...direct, spawnOptions: owner, owner };
  }
  const capability = searchCapability();
  return {
    owner,
    spawnOptions: {},
    command: (program, args) => ({
      program: 'setpriv',
      args: [
        `--reuid=${owner.uid}`,
        `--regid=${owner.gid}`,
        '--clear-groups',
        `--inh-caps=+${capability}`,
        `--ambient-caps=+${capability}`,
        program,
        ...args,
      ],
    }),
  };
}

function systemUser(): { uid: number; gid: number } {
  const find = (): { uid: number; gid: number } | null => {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((l) => l.startsWith('postgres:'));
    const fields = line?.split(':');
    return fields ? { uid: Number(fields[2]), gid: Number(fields[3]) } : null;
  };
  const existing = find();
  if (existing) return existing;
  execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = find();
  if (!made) throw new Error('could not create the system user "postgres"; start as an ordinary user instead of root');
  return made;
}

/** True when every directory above `target` lets other users through. */
export function openToOthers(target: string): boolean {
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    if (dir !== path.resolve(target) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

/** Bit numbers of capabilities(7): CAP_DAC_OVERRIDE 1, CAP_DAC_READ_SEARCH 2. */
function searchCapability(): string {
  const bounding = BigInt('0x' + (/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'));
  if (bounding & (1n << 2n)) return 'dac_read_search';
  if (bounding & (1n << 1n)) return 'dac_override';
  throw new Error('the user "postgres" cannot reach this directory; move the data directory and the checkout to a path open to others');
}
