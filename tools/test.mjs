/** Runs tests and counts them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programs, run } from './program.mjs';

const nothing = { passed: 0, failed: 0, skipped: [] };

/** Runs Jest with `args`; answers its exit code and the tally. A run that dies without a tally counts as one failure. */
export async function jest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'muniment-tally-'));
  const file = join(folder, 'tally.json');
  try {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const reporters = ['--reporters=default', '--reporters=./tools/jest-tally.mjs'];
    const code = await run([...flags, programs.jest, ...reporters, ...args], { MUNIMENT_TALLY_FILE: file });
    const tally = readTally(file);
    return { code, tally: code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return nothing;
  }
}

/** Each skipped test with its reason, which its name (or the name of its group) gives after "skipped:". */
export function explainSkipped(names) {
  return names.map((name) => {
    const [, reason] = /skipped:\s*(.+)/.exec(name) ?? [];
    return `skipped: ${name}${reason === undefined ? ' (no reason given)' : ''}`;
  });
}

export function lastLine({ passed, failed, skipped }) {
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped.length)} skipped`;
}
