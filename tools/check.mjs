/** Everything that can be judged without running the system. Steps run beside each other; a failing one shows its output, the others do not. */
import { compile, prepare } from './build.mjs';
import { note } from './note.mjs';
import { capture, programs } from './program.mjs';
import { hasSources, projectFolders } from './workspace.mjs';

const unitFlags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

const format = () => capture([programs.prettier, '--check', '--log-level=warn', '.']);
const unitTests = () => capture([...unitFlags, programs.jest, '--selectProjects', 'unit', '--silent']);

const lint = () =>
  capture([programs.oxlint, '--type-aware', '--deny-warnings', '--report-unused-disable-directives', ...projectFolders(), 'tools']);

/** The boundary rule works on Nx' stored project graph and, without one, passes everything with a warning: so make it, and trust no silence. */
async function boundaries() {
  const quiet = { NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };
  const graph = await capture([programs.nx, 'show', 'projects'], quiet);
  if (graph.code !== 0) return graph;
  const linted = await capture([programs.eslint, '--max-warnings=0', ...projectFolders().filter(hasSources)], quiet);
  if (linted.code !== 0 || !linted.output.includes('rule will be skipped')) return linted;
  return { code: 1, output: `the boundary rule was skipped:\n${linted.output}` };
}

/** Answers the names of the steps that passed and failed. Most read sources only, and begin beside the compiler, whose output unit tests load. */
export async function check({ withUnitTests }) {
  const prepared = await timed('install and generate', prepare);
  const judging = [
    () => compiled(withUnitTests),
    () => timed('lint', lint),
    () => timed('boundaries', boundaries),
    () => timed('format', format),
  ];
  const all = prepared.passed ? (await Promise.all(judging.map((judge) => judge()))).flat() : [prepared];
  return { passed: all.filter(({ passed }) => passed).map(nameOf), failed: all.filter(({ passed }) => !passed).map(nameOf) };
}

/** The steps that follow each other. */
async function compiled(withUnitTests) {
  const types = await timed('types', compile);
  return types.passed && withUnitTests ? [types, await timed('unit tests', unitTests)] : [types];
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
