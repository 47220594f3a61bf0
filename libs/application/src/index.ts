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
export type { JobScheduler, TickDeclaration } from './ports/job-scheduler.js';
export type { Locks } from './ports/locks.js';
export type { UploadSessions } from './ports/upload-sessions.js';
export type { Tokens } from './ports/tokens.js';
export type { IdempotencyKeys, RecordedAnswer } from './ports/idempotency.js';
export type { StreamDigest, StreamDigests } from './ports/stream-digests.js';
export type { Examiner, InspectionPlan, StoredBytes } from './ports/examiner.js';
export { Authenticate, IssueToken, type IssueTokenCommand } from './access/issue-token.js';
export { decideAndAppend } from './pipeline/decide-and-append.js';
export { jobsOf, reactingTypes } from './pipeline/reactions.js';
export { Relay } from './pipeline/relay.js';
export { LogPump } from './pipeline/log-pump.js';
export { CreatePackage } from './ingest/create-package.js';
export { CommitFile, type CommittedFile } from './ingest/commit-file.js';
export { inlineDigests } from './ingest/inline-digests.js';
export { PutFile } from './ingest/put-file.js';
export { OpenUpload, type OpenedDirect, type UploadPolicy } from './ingest/open-upload.js';
export { AppendUpload, type BodyChecksum } from './ingest/append-upload.js';
export { CompleteUpload } from './ingest/complete-upload.js';
export { AbortUpload } from './ingest/abort-upload.js';
export { LiveWitnesses } from './ingest/live-witnesses.js';
export { VerifyFile, type Verified } from './hashing/verify-file.js';
export { RequestFinalization } from './finalization/request-finalization.js';
export { FinalizePackage } from './finalization/finalize-package.js';
export { ReadPackage, type WholePackage } from './reading/read-package.js';
export { OpenFile, type ServableBytes } from './reading/open-file.js';
export { ReadEvents } from './reading/read-events.js';
export { DeriveDueWork } from './upkeep/derive-due-work.js';
export { ExpireUploads } from './upkeep/expire-uploads.js';
export { ReapOrphans, type Reaped } from './upkeep/reap-orphans.js';
