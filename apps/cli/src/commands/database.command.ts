import type { Command } from 'commander';
import { prepareDatabaseOf } from '../operator/database-verbs.js';
import { findDatabase } from '../server/find-server.js';
import { contextOf, type AddCommand } from './command-context.js';

interface PrepareFlags {
  readonly databaseUrl?: string;
  readonly queue?: boolean;
  readonly login?: string;
}

export const addDatabase: AddCommand = (program, surroundings) => {
  program
    .command('database')
    .summary('prepare the database of a cluster')
    .command('prepare')
    .description('As the owner of the database: apply missing migrations; optionally make the queue schema and a login for the services.')
    .option('--database-url <url>', 'Postgres, as its owner (default: MUNIMENT_DATABASE_URL, else the embedded one of this directory)')
    .option('--queue', 'the queue lives in this database too (MUNIMENT_QUEUE_BACKEND=postgres)')
    .option('--login <name>', 'make this login, or give it a new password, and print the URL for the services')
    .action(async (flags: PrepareFlags, command: Command) => {
      const { output } = contextOf(command, surroundings);
      const ownerUrl = await findDatabase(flags.databaseUrl, surroundings);
      const report = await prepareDatabaseOf(ownerUrl, { queue: flags.queue === true, login: flags.login ?? null });
      output.result(report, () => [
        report.applied.length === 0 ? 'the database is up to date' : `applied ${report.applied.join(', ')}`,
        ...(report.queue ? ['the schema of the queue is ready'] : []),
        ...(report.service_url === null ? [] : [`MUNIMENT_DATABASE_URL for the services: ${report.service_url}`]),
      ]);
    });
};
