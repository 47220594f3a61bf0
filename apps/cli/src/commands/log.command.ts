import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { checkLogOf, rebuildViewsOf } from '../operator/database-verbs.js';
import { findDatabase } from '../server/find-server.js';
import { keysOf, readKept } from '../log/log-evidence.js';
import { witnessesBy, type WitnessFlags } from '../log/named-witnesses.js';
import { contextOf, type AddCommand } from './command-context.js';
import { addCheckpoint } from './log/checkpoint.command.js';
import { addProofs } from './log/proof.command.js';
import { several } from './option-values.js';
import { witnessOptions } from './witness-options.js';

interface LogFlags extends WitnessFlags {
  readonly databaseUrl?: string;
  readonly checkpoint?: readonly string[];
  readonly key?: readonly string[];
  readonly verify?: boolean;
}

const databaseOption = [
  '--database-url <url>',
  'Postgres (default: MUNIMENT_DATABASE_URL, else the embedded one of this directory)',
] as const;

export const addLog: AddCommand = (program, surroundings, exit) => {
  const log = program
    .command('log')
    .summary('check the event log, prove what is in it, rebuild its views')
    .description('check and rebuild-views are for operators and work on the database itself.');
  const check = log
    .command('check')
    .description(
      'Read the whole log: gapless order, revisions, payloads canonical and equal to their digests; every leaf of its tree, every tile, every signed checkpoint; with --witness-key also who cosigned.',
    )
    .option('--checkpoint <file>', 'a checkpoint that was kept elsewhere (repeatable)', several)
    .option(
      '--key <key>',
      'verifier key of the log, or a file that holds it (repeatable; default: the keys that the archive announced)',
      several,
    )
    .option(...databaseOption);
  witnessOptions(check).action(async (flags: LogFlags, command: Command) => {
    const { output } = contextOf(command, surroundings);
    const evidence = { keys: await keysOf(flags.key ?? [], surroundings), kept: await readKept(flags.checkpoint ?? [], surroundings) };
    const witnesses = await witnessesBy(flags, surroundings);
    const { ok, lines, report } = await checkLogOf(await findDatabase(flags.databaseUrl, surroundings), evidence, witnesses);
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
  addCheckpoint(log, surroundings, exit);
  addProofs(log, surroundings, exit);
};
