import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { collectAutomatically, executeCollection, measureLedger } from '@muniment/contracts';
import { currentTraceparent, metrics } from '@muniment/platform';
import { HandleJob, JobContext } from '@muniment/queue';
import type { Keeper } from '../open-keeper.js';
import { keeperToken } from '../tokens.js';

const completed = metrics.counter('muniment_collection_runs_total', {
  description: 'Collections carried out to their end',
  labels: {},
});
const packages = metrics.counter('muniment_collection_packages_total', {
  description: 'Packages that collections put into the trash, deleted, or left alone because they had moved',
  labels: { step: ['trashed', 'purged', 'skipped'] },
});
const locations = metrics.counter('muniment_collection_locations_deleted_total', {
  description: 'Files whose place in the store was given up',
  labels: {},
});
const reclaimed = metrics.counter('muniment_collection_reclaimed_bytes_total', {
  description: 'Bytes the store got back',
  labels: {},
});
const braked = metrics.counter('muniment_collection_braked_total', {
  description: 'Automatic collections that were not started because their plan takes too much',
  labels: {},
});
const seconds = metrics.histogram('muniment_collection_duration_seconds', {
  description: 'How long one attempt to carry a collection out took',
  labels: {},
  buckets: [0.1, 0.5, 2, 10, 60, 300, 1800, 7200],
});

/** Deletion: carrying plans out, starting them where that is automatic, and counting what there is. */
@Controller()
export class CollectionHandler {
  constructor(@Inject(keeperToken) private readonly keeper: Keeper) {}

  @HandleJob(executeCollection)
  async execute(@Payload() { collection_id: collectionId }: { collection_id: string }, @Ctx() context: JobContext): Promise<void> {
    const { collector, host } = this.keeper;
    const started = performance.now();
    const { outcome, result, left } = await collector.execute.execute(collectionId, currentTraceparent() ?? context.traceparent);
    seconds.record((performance.now() - started) / 1000, {});
    host.logger.info({ collectionId, outcome, ...result, left }, 'collection carried out');
    if (outcome !== 'completed') return;
    completed.add(1, {});
    packages.add(result.trashed, { step: 'trashed' });
    packages.add(result.purged, { step: 'purged' });
    packages.add(result.skipped, { step: 'skipped' });
    locations.add(result.locations_deleted, {});
    reclaimed.add(result.bytes_reclaimed, {});
  }

  @HandleJob(collectAutomatically)
  async automatically(): Promise<void> {
    const { collector, host } = this.keeper;
    const outcome = await collector.automatically.execute();
    if (outcome.outcome === 'started') host.logger.info(outcome, 'automatic collection started');
    if (outcome.outcome !== 'braked') return;
    braked.add(1, {});
    host.logger.warn(outcome, 'automatic collection not started: the plan takes too much. Look at "muniment retention gc"');
  }

  @HandleJob(measureLedger)
  async measure(): Promise<void> {
    await this.keeper.collector.ledger.measure(this.keeper.archive.clock.now());
  }
}
