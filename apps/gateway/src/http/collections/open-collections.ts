import { PlanCollection, ReadCollections, StartCollection } from '@muniment/application';
import { collectionSettings, type Archive, type CollectionConfig } from '@muniment/assembly';

/** The use cases about deletion that people ask for. Carrying a collection out is the retention service's. */
export interface CollectionDesk {
  readonly plan: PlanCollection;
  readonly start: StartCollection;
  readonly read: ReadCollections;
}

export function openCollections({ postgres, clock }: Archive, config: CollectionConfig): CollectionDesk {
  const { log, collections, ledger } = postgres;
  const settings = collectionSettings(config);
  const plan = new PlanCollection(collections, ledger, settings, clock);
  return {
    plan,
    start: new StartCollection(log, collections, plan, settings, clock),
    read: new ReadCollections(collections, ledger),
  };
}
