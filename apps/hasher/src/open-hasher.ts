import { FinalizePackage, VerifyFile } from '@muniment/application';
import { openArchive, systemIds, type Archive, type ArchiveConfig } from '@muniment/assembly';
import { defaultInspectionLimits } from '@muniment/domain';
import { createExaminer } from '@muniment/examiner';
import type { ServiceHost } from '@muniment/platform';
import type { HasherConfig } from './config.js';
import { measureStorageFaults } from './measure-storage-faults.js';

/** The use cases behind the hasher's jobs. */
export interface Hasher {
  readonly archive: Archive;
  readonly verifyFile: VerifyFile;
  readonly finalizePackage: FinalizePackage;
}

export async function openHasher(config: ArchiveConfig & HasherConfig, host: ServiceHost): Promise<Hasher> {
  const archive = await openArchive(config, host);
  const { log, states, views, locks, storageFaults } = archive.postgres;
  const { store, ownStore, clock } = archive;
  const threads = config.MUNIMENT_HASHER_THREADS;
  const examiner = host.closing.add('examiner', createExaminer({ threads, scratchDir: config.MUNIMENT_SCRATCH_DIR }), (opened) =>
    opened.close(),
  );
  host.closing.add('gauges of storage faults', measureStorageFaults(storageFaults), (end) => end());
  return {
    archive,
    verifyFile: new VerifyFile(
      log,
      states,
      store,
      ownStore,
      examiner,
      locks,
      defaultInspectionLimits,
      clock,
      config.MUNIMENT_CRITICAL_WHEELS,
    ),
    finalizePackage: new FinalizePackage(log, states, views, store, locks, systemIds, clock),
  };
}
