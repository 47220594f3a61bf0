import type { Command } from 'commander';
import type { PreviewAnswer } from '@muniment/contracts';
import { momentOf, whenText } from '../../retention/moment.js';
import { contextOf, type AddCommand } from '../command-context.js';
import { wholeNumber } from '../option-values.js';

interface PreviewFlags {
  readonly at?: string;
  readonly withoutHold?: string;
  readonly limit?: number;
}

const pageSize = 500;

export const addPreview: AddCommand = (retention, surroundings) => {
  retention
    .command('preview')
    .description('What the rules would let go at an instant, if nobody acts until then. Nothing is recorded.')
    .option('--at <instant>', 'RFC 3339, a day, or a duration from now such as 90d (default: now)')
    .option('--without-hold <hold-id>', 'as if this hold had ended')
    .option('--limit <count>', 'at most this many, earliest expiry first', wholeNumber)
    .action(async ({ at, withoutHold, limit }: PreviewFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const { retention: client } = await connect();
      const most = limit ?? Number.POSITIVE_INFINITY;
      const query = {
        ...(at === undefined ? {} : { at: momentOf(at, '--at', surroundings.now()) }),
        ...(withoutHold === undefined ? {} : { without_hold: withoutHold }),
      };
      const first = await client.previewPage({ ...query, limit: pageOf(most) });
      const packages: PreviewAnswer['packages'] = [];
      for (let page = first; ; ) {
        packages.push(...page.packages.slice(0, most - packages.length));
        if (page.next === null || packages.length >= most) break;
        page = await client.previewPage({ ...query, at: first.at, limit: pageOf(most - packages.length), after: page.next });
      }
      const answer = { at: first.at, without_hold: first.without_hold, count: packages.length, packages };
      output.result(answer, () => [
        ...packages.map((due) => dueLine(due, surroundings.now())),
        `${packages.length} would be let go as of ${first.at}`,
      ]);
    });
};

function pageOf(wanted: number): number {
  return Math.max(1, Math.min(pageSize, wanted));
}

function dueLine({ package_id, repository, name, retention }: PreviewAnswer['packages'][number], now: Date): string {
  const expired = retention.current_expires_at === null ? '' : `expires ${whenText(retention.current_expires_at, now)}`;
  return `${package_id}  ${repository}  ${name}  ${retention.retention_class}  ${expired}`;
}
