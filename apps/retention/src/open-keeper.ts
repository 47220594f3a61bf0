import {
  CurateSets,
  ExpireUploads,
  GiveUpUpload,
  ReapOrphans,
  SweepRetention,
  type DeriveDueWork,
  type IdempotencyKeys,
} from '@muniment/application';
import { openArchive, systemIds, type Archive, type ArchiveConfig, type CollectionConfig } from '@muniment/assembly';
import type { ServiceHost } from '@muniment/platform';
import type { RetentionConfig } from './config.js';
import { openCollector, type Collector } from './open-collector.js';

/** The use cases behind the ticks. */
export interface Keeper {
  readonly archive: Archive;
  readonly host: ServiceHost;
  readonly config: CollectionConfig & RetentionConfig;
  readonly expireUploads: ExpireUploads;
  readonly reapOrphans: ReapOrphans;
  readonly deriveDueWork: DeriveDueWork;
  readonly curate: CurateSets;
  readonly sweep: SweepRetention;
  readonly collector: Collector;
  readonly idempotency: IdempotencyKeys;
}

export async function openKeeper(config: ArchiveConfig & CollectionConfig & RetentionConfig, host: ServiceHost): Promise<Keeper> {
  const archive = await openArchive(config, host);
  const { postgres, store, ownStore, derive, clock, policy } = archive;
  await postgres.retentionClasses.write(policy.classes);
  const giveUp = new GiveUpUpload(postgres.uploads, postgres.states, store, postgres.locks);
  const curate = new CurateSets(postgres.log, postgres.states, postgres.curatedSets, policy.curatedKeep);
  return {
    archive,
    host,
    config,
    expireUploads: new ExpireUploads(postgres.uploads, giveUp, systemIds, clock),
    reapOrphans: new ReapOrphans(store, postgres.due, postgres.locks, ownStore),
    deriveDueWork: derive,
    curate,
    sweep: new SweepRetention(postgres.sweeps, curate),
    collector: openCollector(archive, config, host),
    idempotency: postgres.idempotency,
  };
}
