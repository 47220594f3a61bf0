import type { Command } from 'commander';
import type { EventAnswer } from '@muniment/contracts';
import { contextOf, type AddCommand } from './command-context.js';
import { wholeNumber } from './option-values.js';

interface EventFlags {
  readonly after?: number;
  readonly limit?: number;
  readonly type?: string;
  readonly subject?: string;
  readonly follow?: boolean;
}

export const addEvents: AddCommand = (program, surroundings) => {
  program
    .command('events')
    .summary('read the event log')
    .description('Events in order. With --json one JSON array; with --follow one JSON object per line.')
    .option('--after <sequence>', 'only events after this number', wholeNumber)
    .option('--limit <count>', 'at most this many', wholeNumber)
    .option('--type <type>', 'only this type, e.g. v1.package.finalized')
    .option('--subject <id>', 'only of this package')
    .option('--follow', 'keep waiting for new events')
    .action(async (flags: EventFlags, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const client = await connect();
      const { limit, follow, ...query } = flags;
      const most = limit ?? Number.POSITIVE_INFINITY;
      const collected: EventAnswer[] = [];
      let count = 0;
      if (most > 0) {
        const wanted = { ...query, ...(limit === undefined ? {} : { limit: Math.min(limit, 500) }), signal: surroundings.signal };
        for await (const event of client.events({ ...wanted, follow: follow === true })) {
          if (output.json && follow !== true) collected.push(event);
          else output.item(event, () => eventLine(event));
          if ((count += 1) >= most) break;
        }
      }
      if (output.json && follow !== true) output.result(collected, () => []);
    });
};

function eventLine(event: EventAnswer): string {
  const reason = event.reason === undefined ? '' : `  (${event.reason})`;
  return `${String(event.sequence).padStart(7)}  ${event.time}  ${event.type}  ${event.subject.kind} ${event.subject.id}  by ${event.actor}${reason}`;
}
