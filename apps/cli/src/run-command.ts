import { CommanderError } from 'commander';
import { exitCodes, failureOf } from './exit-codes.js';
import { Output } from './output.js';
import { buildProgram } from './program.js';
import { programVersion } from './program-version.js';
import type { Surroundings } from './surroundings.js';

/** Runs one command line (without program names) and gives its exit code. Never throws; every failure is told to the user. */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const json = args.includes('--json');
  const output = new Output(surroundings, json, args.includes('--follow'));
  if (asksForVersion(args)) {
    const version = programVersion();
    output.result({ version }, () => [version]);
    return exitCodes.ok;
  }
  let code: number = exitCodes.ok;
  // With --json standard error stays free of usage text: the error object says it all.
  const quiet = json ? { ...surroundings, writeError: () => undefined } : surroundings;
  const program = buildProgram(surroundings, (given) => (code = given));
  for (const command of everyCommand(program))
    command.exitOverride().configureOutput({ writeOut: surroundings.write, writeErr: quiet.writeError });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error, surroundings, output);
    if (error.exitCode === 0) return exitCodes.ok;
    if (json) {
      const detail = error.code === 'commander.help' ? 'Name a command.' : error.message.replace(/^error: /, '');
      const next = 'Run the command with --help for its options.';
      output.failure({ exit: exitCodes.usage, code: 'usage', detail, next, facts: {} });
    }
    return exitCodes.usage;
  }
}

/** By hand: as an option of the program, commander would also take the `--version` of `push` for it. */
function asksForVersion(args: readonly string[]): boolean {
  return args.includes('--version') && args.every((arg) => arg === '--version' || arg === '--json');
}

function report(error: unknown, surroundings: Surroundings, output: Output): number {
  const failed = failureOf(error);
  output.failure(failed);
  if (failed.exit === exitCodes.failed && surroundings.env['MUNIMENT_LOG_LEVEL'] === 'debug' && error instanceof Error) {
    surroundings.writeError(`${error.stack ?? ''}\n`);
  }
  return failed.exit;
}

function* everyCommand(command: ReturnType<typeof buildProgram>): Generator<ReturnType<typeof buildProgram>> {
  yield command;
  for (const child of command.commands) yield* everyCommand(child);
}
