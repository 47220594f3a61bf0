import type { Command } from 'commander';
import type { MunimentClient } from '@muniment/client';
import type { CollectionAnswer } from '@muniment/contracts';
import { CliError } from '../../exit-codes.js';
import { awaitCollection } from '../../retention/await-collection.js';
import { collectionLines, planLines, progressText } from '../../retention/collection-lines.js';
import { momentOf } from '../../retention/moment.js';
import { contextOf, type AddCommand, type CommandContext } from '../command-context.js';
import { wholeNumber } from '../option-values.js';

interface GcFlags {
  readonly limit?: number;
  readonly execute?: string;
  readonly asOf?: string;
  readonly reason?: string;
  readonly overrideBrake?: boolean;
  readonly wait?: boolean;
}

export const addGc: AddCommand = (retention, surroundings) => {
  const gc = retention
    .command('gc')
    .description('Delete what is eligible, in two steps: into the trash, and after its time out of it. Without --execute it only plans.')
    .option('--limit <count>', 'at most this many packages in each step', wholeNumber)
    .option('--execute <digest>', 'carry out the plan with this digest, if it still holds')
    .option('--as-of <instant>', 'the instant of that plan')
    .option('--reason <text>', 'why; part of the record')
    .option('--override-brake', 'start a plan that takes more than one collection may; administrators only')
    .option('--wait', 'wait until the collection is completed')
    .action(async (flags: GcFlags, command: Command) => {
      const context = contextOf(command, surroundings);
      const client = await context.connect();
      if (flags.execute !== undefined) return execute(client, flags.execute, flags, context);
      const plan = await client.collections.plan(flags.limit === undefined ? {} : { limit: flags.limit });
      context.output.result(plan, () => planLines(plan, flags.limit));
    });
  gc.command('status')
    .description('What collections did: of one, or the latest.')
    .argument('[collection-id]', 'collection')
    .action(async (collectionId: string | undefined, _: unknown, command: Command) => {
      const { connect, output } = contextOf(command, surroundings);
      const client = await connect();
      if (collectionId !== undefined) {
        const one = await client.collections.one(collectionId);
        output.result(one, () => collectionLines(one));
        return;
      }
      const collections = await client.collections.list();
      output.result({ collections }, () => (collections.length === 0 ? ['no collection yet'] : collections.flatMap(collectionLines)));
    });
};

async function execute(client: MunimentClient, digest: string, flags: GcFlags, context: CommandContext): Promise<void> {
  const { output, surroundings } = context;
  const { asOf, reason, limit, overrideBrake, wait } = flags;
  if (asOf === undefined || reason === undefined) {
    throw new CliError(
      'usage',
      'Say which plan and why: --execute DIGEST --as-of INSTANT --reason TEXT, as "muniment retention gc" printed it.',
    );
  }
  const started = await client.collections.start({
    plan_digest: digest,
    as_of: momentOf(asOf, '--as-of', surroundings.now()),
    reason,
    ...(limit === undefined ? {} : { limit }),
    ...(overrideBrake === true ? { override_brake: true } : {}),
  });
  let said = '';
  const progress = (collection: CollectionAnswer): void => {
    const text = progressText(collection);
    if (!output.json && text !== said) output.remark(text);
    said = text;
  };
  const collection = wait === true ? await awaitCollection(client, started, progress, surroundings.signal) : started;
  output.result(collection, () => collectionLines(collection));
}
