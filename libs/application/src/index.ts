export type { Clock, Ids } from './ports/clock.js';
export {
  RevisionConflict,
  type Append,
  type Checkpoints,
  type EventLog,
  type EventQuery,
  type SequencedEvent,
  type Sequencer,
} from './ports/event-log.js';
export type { BlobView, DueWork, PackageFilter, PackageStates, PackageView, PackageViews, RetentionView } from './ports/views.js';
export {
  BytesMissing,
  stagingKey,
  type BlobPromoter,
  type BlobReader,
  type BlobRemover,
  type ByteRange,
  type DirectStaging,
  type ObjectStore,
  type OpenBytes,
  type ResumableStaging,
  type StagingArea,
  type StoreProbe,
} from './ports/blob-store.js';
export type { JobQueue } from './ports/job-queue.js';
export type { JobScheduler } from './ports/job-scheduler.js';
export type { UploadSessions } from './ports/upload-sessions.js';
export type { Tokens } from './ports/tokens.js';
export type { IdempotencyKeys, RecordedAnswer } from './ports/idempotency.js';
export type { Examiner, InspectionPlan, StoredBytes } from './ports/examiner.js';
export { Authenticate, IssueToken, type IssueTokenCommand } from './access/issue-token.js';
