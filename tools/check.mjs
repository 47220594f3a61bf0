/** Everything that can be judged without running the system. Steps run beside each other; a failing one shows its output, the others do not. */
import { build } from './build.mjs';
import { note } from './note.mjs';
import { capture, programs } from './program.mjs';
import { hasSources, projectFolders } from './workspace.mjs';

const unitFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

function judgements(withUnitTests) {
  const linted = [...projectFolders(), 'tools'].filter(hasSources);
  return {
    format: () => capture([programs.prettier, '--check', '--log-level=warn', '.']),
    'lint and boundaries': () => capture([programs.eslint, '--max-warnings=0', ...linted], { NX_DAEMON: 'false', NX_NO_CLOUD: 'true' }),
    ...(withUnitTests ? { 'unit tests': () => capture([...unitFlags, programs.jest, '--selectProjects', 'unit', '--silent']) } : {}),
  };
}

/** Answers the names of the steps that passed and failed. */
export async function check({ withUnitTests }) {
  const types = await timed('types', build);
  // Lint reads the types of built projects, so nothing else is worth saying before they compile.
  if (!types.passed) return { passed: [], failed: ['types'] };
  const results = await Promise.all(Object.entries(judgements(withUnitTests)).map(([name, step]) => timed(name, step)));
  const all = [types, ...results];
  return { passed: all.filter(({ passed }) => passed).map(nameOf), failed: all.filter(({ passed }) => !passed).map(nameOf) };
}

async function timed(name, step) {
  const start = Date.now();
  const { code, output } = await step();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  if (code !== 0) process.stderr.write(`\n${output.trimEnd()}\n\n`);
  note(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return { name, passed: code === 0 };
}

function nameOf({ name }) {
  return name;
}
