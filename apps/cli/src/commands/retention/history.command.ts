import type { Command } from 'commander';
import { historyLine } from '../../retention/retention-lines.js';
import { contextOf, type AddCommand } from '../command-context.js';

export const addHistory: AddCommand = (retention, surroundings) => {
  retention
    .command('history')
    .description('Everything that happened to the retention of a package, oldest first. With --json an array of events.')
    .argument('<package-id>', 'package')
    .action(async (packageId: string, _flags: object, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const events = await (await connect()).retention.history(packageId);
      output.result(events, () => events.map(historyLine));
    });
};
