import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { humanSize } from '../output.js';
import { adoptStoreOf } from '../operator/adopt-store.js';
import { verifyStorageOf } from '../operator/verify-storage.js';
import { findDatabase } from '../server/find-server.js';
import { contextOf, type AddCommand } from './command-context.js';
import { wholeNumber } from './option-values.js';

interface VerifyFlags {
  readonly databaseUrl?: string;
  readonly reaperAge?: number;
}

interface AdoptFlags {
  readonly databaseUrl?: string;
  readonly acceptLoss?: boolean;
}

const databaseOption = [
  '--database-url <url>',
  'Postgres (default: MUNIMENT_DATABASE_URL, else the embedded one of this directory)',
] as const;

export const addStorage: AddCommand = (program, surroundings, exit) => {
  const storage = program
    .command('storage')
    .summary('what is stored, and whether it is all there')
    .description('The space things take, and whether database and object store agree.');
  storage
    .command('verify')
    .description(
      "Compare the object store's listing with what packages refer to. Works on database and store themselves: those of MUNIMENT_* or of the embedded server here.",
    )
    .option(...databaseOption)
    .option(
      '--reaper-age <seconds>',
      'unreferenced bytes older than this should have been removed (default: MUNIMENT_REAPER_AGE_SECONDS, else a day)',
      wholeNumber,
    )
    .action(async (flags: VerifyFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const databaseUrl = await findDatabase(flags.databaseUrl, surroundings);
      const { ok, lines, report } = await verifyStorageOf(databaseUrl, flags.reaperAge, surroundings);
      output.result(report, () => lines);
      if (!ok) exit(exitCodes.check_failed);
    });
  storage
    .command('adopt')
    .description(
      "Make this object store the archive's: it was moved without its marker, or replaced. Stop the services first. Works on database and store themselves, as verify does.",
    )
    .option(...databaseOption)
    .option('--accept-loss', 'even if the store lacks what packages refer to')
    .action(async (flags: AdoptFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const databaseUrl = await findDatabase(flags.databaseUrl, surroundings);
      const { lines, report } = await adoptStoreOf(databaseUrl, flags.acceptLoss === true, surroundings);
      output.result(report, () => lines);
    });
  storage
    .command('ledger')
    .description('Packages and bytes per repository, as the archive counted them last.')
    .action(async (_: unknown, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const ledger = await (await connect()).collections.ledger();
      output.result(ledger, () =>
        ledger.entries.length === 0
          ? ['nobody has counted yet; the retention service does every hour']
          : ledger.entries.map(
              ({ repository, packages, logical_bytes, unique_bytes, trash_bytes, measured_at }) =>
                `${(repository ?? 'whole archive').padEnd(40)} ${packages} packages, ${humanSize(logical_bytes)} logical, ${humanSize(unique_bytes)} unique, ` +
                `${humanSize(trash_bytes)} in the trash (${measured_at})`,
            ),
      );
    });
};
