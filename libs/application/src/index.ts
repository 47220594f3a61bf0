export type { Clock, Ids } from './ports/clock.js';
export {
  RevisionConflict,
  type Append,
  type Checkpoints,
  type EventLog,
  type EventQuery,
  type FollowedEvent,
  type Overlooked,
  type SequencedEvent,
  type Sequencer,
  type Stretch,
  type WideAppend,
  type WideLog,
} from './ports/event-log.js';
export type {
  Collections,
  CollectionTally,
  CollectionView,
  CuratedSets,
  DuePackage,
  DueQuery,
  LedgerEntry,
  PlanQuery,
  ReferencedContent,
  ReferencedContents,
  ReleasedContent,
  ReleasedFile,
  ReleasedPosition,
  RetentionSweeps,
  Sweep,
  StorageLedger,
} from './ports/retention.js';
export type {
  BlobHolder,
  BlobView,
  DueWork,
  PackageFilter,
  PackageStates,
  PackageView,
  PackageViews,
  RetainedPackage,
} from './ports/views.js';
export {
  BytesMissing,
  stagingKey,
  type SmallStaging,
  type BlobLister,
  type BlobPromoter,
  type BlobReader,
  type BlobRemover,
  type ByteRange,
  type DirectStaging,
  type ObjectStore,
  type OpenBytes,
  type ResumableStaging,
  type StagingArea,
  type StoredBlob,
  type StoreProbe,
} from './ports/blob-store.js';
export type { JobQueue } from './ports/job-queue.js';
export type { JobScheduler, TickDeclaration } from './ports/job-scheduler.js';
export { AnnounceKeys } from './attestation/announce-keys.js';
export { AttestAgain, type AgainCommand, type AskedAgain, type AskedPackage } from './attestation/attest-again.js';
export { AttestPackage, type Attested, type AttestPorts } from './attestation/attest-package.js';
export { AttestationGate, type AttestationSummary } from './attestation/attestation-gate.js';
export { ReadAttestations, type ListedAttestations } from './attestation/read-attestations.js';
export { RelayAttestation, type RelayCommand, type Relayed, type RelayPorts } from './attestation/relay-attestation.js';
export type { AttestationTrust } from './ports/attestation-trust.js';
export { SigningFailed } from './attestation/sign-statement.js';
export type { ArchiveIdentity } from './attestation/write-statements.js';
export { TimestampFailed, type Timestamps } from './ports/timestamps.js';
export type { Attestations, EvidenceRecord, SignedQuery, SigningKeys } from './ports/attestation.js';
export type { Held, Locks } from './ports/locks.js';
export type { StorageFault, StorageFaults } from './ports/storage-faults.js';
export type { ExpectedBytes, MarkedStore, StoreMarker, StoreRecords } from './ports/store-identity.js';
export { AdoptStore, type Adopted } from './storage/adopt-store.js';
export { IdentifyStore } from './storage/identify-store.js';
export { OwnStore } from './storage/own-store.js';
export { WrongStore } from './storage/wrong-store.js';
export {
  NoSigner,
  type DetachedSigner,
  type KeyAlgorithm,
  type KeyPurpose,
  type Keyring,
  type Signer,
  type SigningIdentity,
  type SigningKey,
  type StatementSignature,
  type StatementSigner,
} from './ports/signing.js';
export type { UploadProgress, UploadSessions } from './ports/upload-sessions.js';
export type { Tokens } from './ports/tokens.js';
export type { IdempotencyKeys, RecordedAnswer } from './ports/idempotency.js';
export type { StreamDigest, StreamDigests } from './ports/stream-digests.js';
export type { Examiner, InspectionPlan, StoredBytes } from './ports/examiner.js';
export { Authenticate, IssueToken, type IssueTokenCommand } from './access/issue-token.js';
export { decideAndAppend } from './pipeline/decide-and-append.js';
export { Gathering, plenty } from './pipeline/gathering.js';
export { jobsOf, reactingTypes } from './pipeline/reactions.js';
export { Relay } from './pipeline/relay.js';
export { LogPump } from './pipeline/log-pump.js';
export { CreatePackage } from './ingest/create-package.js';
export { CommitFile, type CommittedFile } from './ingest/commit-file.js';
export { inlineDigests } from './ingest/inline-digests.js';
export { PutFile } from './ingest/put-file.js';
export { RememberingLog } from './ingest/remembering-log.js';
export { OpenUpload, type OpenedDirect, type UploadPolicy } from './ingest/open-upload.js';
export { AppendUpload, type BodyChecksum } from './ingest/append-upload.js';
export { CompleteUpload } from './ingest/complete-upload.js';
export { AbortUpload } from './ingest/abort-upload.js';
export { GiveUpUpload } from './ingest/give-up-upload.js';
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
export { CurateSets, type CurateCommand, type Curated } from './retention/curate-sets.js';
export { SweepRetention, type SweepCommand, type Swept } from './retention/sweep-retention.js';
export { ApplyHold, type NewHold } from './retention/apply-hold.js';
export { ExtendRetention, type Extension } from './retention/extend-retention.js';
export { ReleaseHold, type HoldRelease } from './retention/release-hold.js';
export { RestorePackage } from './retention/restore-package.js';
export type { RetentionAct } from './retention/act-on-retention.js';
export { ValidatePackage, type Validated, type Validation } from './retention/validate-package.js';
export { ExplainRetention, type HistoryPage } from './retention/explain-retention.js';
export { PreviewRetention, type Preview } from './retention/preview-retention.js';
export { defaultPlanLimit, retentionService, type CollectionSettings } from './collection/settings.js';
export { PlanCollection, planDigest, type PlanCommand, type Planned } from './collection/plan-collection.js';
export { StartCollection, type StartCommand } from './collection/start-collection.js';
export { CollectAutomatically, type AutomaticOutcome } from './collection/collect-automatically.js';
export { ReadCollections, type CollectionProgress } from './collection/read-collections.js';
export { PurgePackages } from './collection/purge-packages.js';
export { SettleReleased, type Settled, type SettlePorts } from './collection/settle-released.js';
export { collectionLock, ExecuteCollection, type Executed, type ExecutePorts } from './collection/execute-collection.js';
export { VerifyStorage, type FoundKind, type StorageComparison, type StorageFinding } from './collection/verify-storage.js';
export type {
  CheckpointMemory,
  Growth,
  LogTree,
  LogWitness,
  NewCheckpoint,
  SignedCheckpoint,
  SignedCheckpoints,
  WantedCosignatures,
  WitnessAnswer,
} from './ports/log-tree.js';
export { AskWitness } from './log-tree/ask-witness.js';
export { LogKeeper, type KeeperSteps } from './log-tree/log-keeper.js';
export { ReadLogTree, type Consistency, type Inclusion } from './log-tree/read-log-tree.js';
export { ServeLog } from './log-tree/serve-log.js';
export { HistoryRewritten, SignCheckpoint, type CheckpointSigning } from './log-tree/sign-checkpoint.js';
export { proveConsistency, proveInclusion } from './log-tree/tree-reading.js';
