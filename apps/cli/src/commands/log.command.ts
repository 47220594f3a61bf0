import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { checkLogOf, rebuildViewsOf } from '../operator/database-verbs.js';
import { findDatabase } from '../server/find-server.js';
import { contextOf, type AddCommand } from './command-context.js';

interface LogFlags {
  readonly databaseUrl?: string;
  readonly verify?: boolean;
}

const databaseOption = [
  '--database-url <url>',
  'Postgres (default: MUNIMENT_DATABASE_URL, else the embedded one of this directory)',
] as const;

export const addLog: AddCommand = (program, surroundings, exit) => {
  const log = program
    .command('log')
    .summary('check the event log, rebuild its views')
    .description('Operator verbs; they work on the database itself.');
  log
    .command('check')
    .description('Read the whole log: gapless order, revisions, payloads canonical and equal to their digests.')
    .option(...databaseOption)
    .action(async (flags: LogFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const { ok, lines, report } = await checkLogOf(await findDatabase(flags.databaseUrl, surroundings));
      output.result(report, () => lines);
      if (!ok) exit(exitCodes.log_inconsistent);
    });
  log
    .command('rebuild-views')
    .description('Replay the log into fresh views and put them in place of the current ones.')
    .option('--verify', 'only compare; change nothing')
    .option(...databaseOption)
    .action(async (flags: LogFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const { ok, lines, report } = await rebuildViewsOf(await findDatabase(flags.databaseUrl, surroundings), flags.verify === true);
      output.result(report, () => lines);
      if (!ok) exit(exitCodes.log_inconsistent);
    });
};
