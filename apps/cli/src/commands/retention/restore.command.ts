import type { Command } from 'commander';
import { retentionLines } from '../../retention/retention-lines.js';
import { contextOf, type AddCommand } from '../command-context.js';

interface RestoreFlags {
  readonly reason: string;
}

export const addRestore: AddCommand = (retention, surroundings) => {
  retention
    .command('restore')
    .description('Take a package out of the trash. Extend or hold it to keep it longer than another grace period.')
    .argument('<package-id>', 'package')
    .requiredOption('--reason <text>', 'why; it is part of the record')
    .action(async (packageId: string, { reason }: RestoreFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const answer = await (await connect()).retention.restore(packageId, reason);
      output.result({ package_id: packageId, ...answer }, () => retentionLines(packageId, answer, surroundings.now()));
    });
};
