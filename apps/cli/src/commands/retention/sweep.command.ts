import type { Command } from 'commander';
import { momentOf } from '../../retention/moment.js';
import { contextOf, type AddCommand } from '../command-context.js';

interface SweepFlags {
  readonly now?: string;
  readonly dryRun?: boolean;
}

export const addSweep: AddCommand = (retention, surroundings) => {
  retention
    .command('sweep')
    .description(
      'Mark what is past its expiry, not held and not curated as eligible for deletion. Deletes nothing; repeating it marks nothing twice.',
    )
    .option('--now <instant>', 'judge as of this instant instead of the time of the server')
    .option('--dry-run', 'only say what would be marked')
    .action(async ({ now, dryRun }: SweepFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const answer = await (
        await connect()
      ).retention.sweep({
        ...(now === undefined ? {} : { now: momentOf(now, '--now', surroundings.now()) }),
        ...(dryRun === true ? { dry_run: true } : {}),
      });
      output.result(answer, () => [
        ...answer.marked_package_ids,
        `${answer.dry_run ? 'would mark' : 'marked'} ${answer.marked_count} as of ${answer.now}`,
      ]);
    });
};
