import {
  CollectAutomatically,
  collectionLock,
  ExecuteCollection,
  PlanCollection,
  PurgePackages,
  retentionService,
  SettleReleased,
  type Settled,
  type StorageLedger,
} from '@muniment/application';
import { collectionSettings, systemIds, type Archive, type CollectionConfig } from '@muniment/assembly';
import { metrics, type ServiceHost } from '@muniment/platform';
import type { RetentionConfig } from './config.js';

const failures = metrics.counter('muniment_collection_failures_total', {
  description: 'Items that an error kept from being deleted; they are tried again',
  labels: {},
});

/** The use cases that delete. */
export interface Collector {
  readonly execute: ExecuteCollection;
  readonly automatically: CollectAutomatically;
  /** Gives up places that an earlier collection could not; null while a collection runs, which does the same. */
  readonly settleLeftovers: () => Promise<Settled | null>;
  readonly ledger: StorageLedger;
}

export function openCollector(
  { postgres, store, clock }: Archive,
  config: CollectionConfig & RetentionConfig,
  host: ServiceHost,
): Collector {
  const { log, wideLog, collections, ledger, locks, due } = postgres;
  const settings = collectionSettings(config);
  const failed = (error: unknown, what: string): void => {
    failures.add(1, {});
    host.logger.warn({ err: error, what }, 'collection: one item failed; it is tried again');
  };
  const plan = new PlanCollection(collections, ledger, settings, clock);
  const settle = new SettleReleased({ collections, due, locks, store, log }, config.MUNIMENT_COLLECTION_MINIMUM_AGE_SECONDS, failed);
  return {
    execute: new ExecuteCollection({ log, wideLog, collections, locks, clock }, new PurgePackages(log, collections, failed), settle),
    automatically: new CollectAutomatically(log, collections, plan, settings, systemIds, clock),
    settleLeftovers: () => locks.tryHold(collectionLock, () => settle.pass({ actor: retentionService, time: clock.now() })),
    ledger,
  };
}
