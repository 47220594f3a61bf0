import { CountedIds } from './counted-ids.js';
import { MemoryAttestations } from './memory-attestations.js';
import { MemoryCheckpoints } from './memory-checkpoints.js';
import { MemoryCuratedSets } from './memory-curated-sets.js';
import { MemoryDueWork } from './memory-due-work.js';
import { MemoryLocks } from './memory-locks.js';
import { MemoryLog } from './memory-log.js';
import { MemoryPackageStates } from './memory-package-states.js';
import { MemoryPackageViews } from './memory-package-views.js';
import { MemoryRetentionSweeps } from './memory-retention-sweeps.js';
import { MemorySigningKeys } from './memory-signing-keys.js';
import { MemoryTokens } from './memory-tokens.js';
import { MemoryUploadSessions } from './memory-upload-sessions.js';
import { RecordingQueue } from './recording-queue.js';
import { SettableClock } from './settable-clock.js';

/** Every port but the object store, in memory and consistent with each other: what use-case specs stand on. */
export class MemoryWorld {
  readonly clock = new SettableClock();
  readonly ids = new CountedIds();
  readonly log = new MemoryLog();
  readonly checkpoints = new MemoryCheckpoints(this.log);
  readonly states = new MemoryPackageStates(this.log);
  readonly views = new MemoryPackageViews(this.log);
  readonly uploads = new MemoryUploadSessions();
  readonly due = new MemoryDueWork(this.log, this.uploads);
  readonly sweeps = new MemoryRetentionSweeps(this.log);
  readonly curatedSets = new MemoryCuratedSets(this.log);
  readonly attestations = new MemoryAttestations(this.log);
  readonly signingKeys = new MemorySigningKeys(this.log);
  readonly locks = new MemoryLocks();
  readonly tokens = new MemoryTokens();
  readonly queue = new RecordingQueue();
}
