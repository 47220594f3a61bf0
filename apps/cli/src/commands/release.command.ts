import type { Command } from 'commander';
import { retentionLines } from '../retention/retention-lines.js';
import { contextOf, type AddCommand } from './command-context.js';

interface ReleaseFlags {
  readonly reason: string;
}

export const addRelease: AddCommand = (program, surroundings) => {
  program
    .command('release')
    .summary('end a hold')
    .description('End one hold. What other holds and the expiry then say counts at once.')
    .argument('<package-id>', 'package')
    .argument('<hold-id>', 'hold, as "hold" and "retention why" name it')
    .requiredOption('--reason <text>', 'why; it is part of the record')
    .action(async (packageId: string, holdId: string, { reason }: ReleaseFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const answer = await (await connect()).retention.release(packageId, holdId, reason);
      output.result({ package_id: packageId, hold_id: holdId, ...answer }, () => retentionLines(packageId, answer, surroundings.now()));
    });
};
