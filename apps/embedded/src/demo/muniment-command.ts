import { fileURLToPath } from 'node:url';
import { ownEnvironment, type EmbeddedSystem } from './embedded-system.js';
import { runProgram } from './run-program.js';

const bin = fileURLToPath(new URL('../../../cli/bin/muniment.mjs', import.meta.url));

/** Runs the command line against the demo's archive, as a user would, and gives its JSON answer. A refusal is an error. */
export async function muniment(system: EmbeddedSystem, cwd: string, ...args: readonly string[]): Promise<unknown> {
  const env = ownEnvironment({ MUNIMENT_DATA_DIR: system.dataDirectory, XDG_CACHE_HOME: cwd });
  const { code, stdout, stderr } = await runProgram(process.execPath, [bin, ...args, '--json'], { env, cwd });
  if (code !== 0) throw new Error(`muniment ${args.join(' ')} ended with ${String(code)}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as unknown;
}
