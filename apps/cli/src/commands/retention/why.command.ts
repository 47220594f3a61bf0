import type { Command } from 'commander';
import { momentOf } from '../../retention/moment.js';
import { retentionLines } from '../../retention/retention-lines.js';
import { contextOf, type AddCommand } from '../command-context.js';

interface WhyFlags {
  readonly asOf?: string;
}

export const addWhy: AddCommand = (retention, surroundings) => {
  retention
    .command('why')
    .description('Why a package is kept or may go: which rule, which holds, what changes it next, and when.')
    .argument('<package-id>', 'package')
    .option('--as-of <instant>', 'as the log knew it at that instant')
    .action(async (packageId: string, { asOf }: WhyFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const at = asOf === undefined ? undefined : momentOf(asOf, '--as-of', surroundings.now());
      const answer = await (await connect()).retention.explain(packageId, at);
      const then = at === undefined ? surroundings.now() : new Date(at);
      output.result({ package_id: packageId, ...answer }, () => retentionLines(packageId, answer, then));
    });
};
