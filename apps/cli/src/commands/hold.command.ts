import type { Command } from 'commander';
import { contextOf, type AddCommand } from './command-context.js';

interface HoldFlags {
  readonly reason: string;
}

export const addHold: AddCommand = (program, surroundings) => {
  program
    .command('hold')
    .summary('stop the deletion of a package')
    .description('Stop the deletion of a package until the hold is released. Several holds may be active; each is released by its id.')
    .argument('<package-id>', 'package')
    .requiredOption('--reason <text>', 'why; it is part of the record')
    .action(async (packageId: string, { reason }: HoldFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const { hold_id } = await (await connect()).retention.hold(packageId, reason);
      output.result({ package_id: packageId, hold_id }, () => [hold_id]);
      output.remark(`held: "muniment release ${packageId} ${hold_id} --reason …" ends it`);
    });
};
