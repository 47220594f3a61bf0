#!/usr/bin/env node
/**
 * Every npm script of the project ends here: `node tools/run.mjs <command> [arguments]`. Each works as the first command in a fresh clone, so this
 * file and what it imports run on Node 20 with nothing installed; what they start runs on the Node that package-lock.json pins.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bench } from './bench.mjs';
import { ensureBuilt, prismaEnvironment } from './build.mjs';
import { check } from './check.mjs';
import { ensureInstalled } from './installation.mjs';
import { note } from './note.mjs';
import { programs, run, supervise } from './program.mjs';
import { explainSkipped, jest, lastLine } from './test.mjs';
import { root } from './workspace.mjs';

const entries = { start: 'apps/embedded/dist/main.js', demo: 'apps/embedded/dist/demo/main.js' };

const commands = {
  start: async (args) => supervise([await built('start'), ...args]),
  demo: async (args) => run([await built('demo'), ...args]),
  bench: async (args) => {
    await ensureBuilt();
    return bench(args);
  },
  build: async () => {
    await ensureBuilt();
    return 0;
  },
  test: async (args) => {
    await ensureBuilt();
    const { code, tally } = await jest(args);
    finish(tally);
    return code;
  },
  check: async () => {
    const { failed } = await check({ withUnitTests: true });
    note(failed.length === 0 ? 'check passed' : `check failed: ${failed.join(', ')}`);
    return failed.length === 0 ? 0 : 1;
  },
  /** What continuous integration runs: each judgement counts as a test, so that one last line tells everything. */
  ci: async (args) => {
    const checked = await check({ withUnitTests: false });
    const { code, tally } = await jest(args);
    finish({ ...tally, passed: tally.passed + checked.passed.length, failed: tally.failed + checked.failed.length });
    return checked.failed.length === 0 ? code : 1;
  },
  /** Writes the generated parts of the documentation; `-- --check` only compares. */
  docs: async (args) => {
    await ensureBuilt();
    return run(['tools/pages.mjs', ...args]);
  },
  prisma: async (args) => {
    ensureInstalled();
    return run([programs.prisma, ...args], prismaEnvironment);
  },
};

async function built(command) {
  await ensureBuilt();
  const entry = entries[command];
  if (!existsSync(join(root, entry))) throw new Error(`${entry} does not exist`);
  return entry;
}

function finish(tally) {
  const lines = [...explainSkipped(tally.skipped), lastLine(tally)];
  process.stdout.write(`\n${lines.join('\n')}\n`);
}

const [name, ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  note(`commands: ${Object.keys(commands).join(', ')}`);
  process.exit(64);
}
try {
  process.exitCode = await command(args);
} catch (error) {
  note(error.message);
  process.exitCode = 1;
}
