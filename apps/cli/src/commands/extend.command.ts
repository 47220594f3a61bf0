import type { Command } from 'commander';
import { momentOf } from '../retention/moment.js';
import { retentionLines } from '../retention/retention-lines.js';
import { contextOf, type AddCommand } from './command-context.js';

interface ExtendFlags {
  readonly until: string;
  readonly reason: string;
}

export const addExtend: AddCommand = (program, surroundings) => {
  program
    .command('extend')
    .summary('keep a package longer')
    .description('Move the expiry of a package to a later instant.')
    .argument('<package-id>', 'package')
    .requiredOption('--until <instant>', 'RFC 3339, a day, or a duration from now such as 90d')
    .requiredOption('--reason <text>', 'why; it is part of the record')
    .action(async (packageId: string, { until, reason }: ExtendFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const instant = momentOf(until, '--until', surroundings.now());
      const answer = await (await connect()).retention.extend(packageId, instant, reason);
      output.result({ package_id: packageId, ...answer }, () => retentionLines(packageId, answer, surroundings.now()));
    });
};
