import { execFileSync } from 'node:child_process';
import { findProgram } from './process.js';

/** Whoever installs waits here for the others: test files run at the same time, and apt-get's own wait does not cover its lists. */
const lock = '/tmp/muniment-apt.lock';
const waitSeconds = '900';
/** Debian starts a service when it installs one; a policy-rc.d that answers 101 ("not allowed") is its documented way to say no. */
const script = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy"
fi
apt-get update -qq && apt-get install -y -qq -o DPkg::Lock::Timeout="$0" --no-install-recommends "$@"
`;

/** Null when the program is there or could be installed from Debian's package; otherwise the reason to print when skipping. */
export function needProgram(program: string, debianPackage: string): string | null {
  if (findProgram(program) !== undefined) return null;
  const why = cannotInstall();
  if (why !== null) return `${program} is missing, and ${debianPackage} cannot be installed: ${why}`;
  try {
    installPackages([debianPackage]);
  } catch (error) {
    return `${program} could not be installed: ${String(error)}`;
  }
  return findProgram(program) === undefined ? `${debianPackage} brought no ${program}` : null;
}

/** Null when this process may install Debian's packages; otherwise why not. */
export function cannotInstall(): string | null {
  if (process.getuid?.() !== 0) return 'not root';
  return ['apt-get', 'flock'].every((program) => findProgram(program) !== undefined) ? null : 'no apt-get here';
}

/** Installs packages, one caller on this machine at a time, and starts none of their services. Throws what apt-get says. */
export function installPackages(packages: readonly string[]): void {
  execFileSync('flock', ['-w', waitSeconds, lock, 'sh', '-c', script, waitSeconds, ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
