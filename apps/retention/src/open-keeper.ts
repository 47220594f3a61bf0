import { ExpireUploads, ReapOrphans, type DeriveDueWork, type IdempotencyKeys } from '@muniment/application';
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
  readonly collector: Collector;
  readonly idempotency: IdempotencyKeys;
}

export async function openKeeper(config: ArchiveConfig & CollectionConfig & RetentionConfig, host: ServiceHost): Promise<Keeper> {
  const archive = await openArchive(config, host);
  const { postgres, store, derive, clock } = archive;
  return {
    archive,
    host,
    config,
    expireUploads: new ExpireUploads(postgres.uploads, store, systemIds, clock),
    reapOrphans: new ReapOrphans(store, postgres.due, postgres.locks),
    deriveDueWork: derive,
    collector: openCollector(archive, config, host),
    idempotency: postgres.idempotency,
  };
}
