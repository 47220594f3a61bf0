export { lanes, type Lane, type LaneName } from './jobs/lanes.js';
export { requestJob, type JobDeclaration, type JobRequest } from './jobs/job.js';
export { verifyFile } from './jobs/verify-file.js';
export { finalizePackage } from './jobs/finalize-package.js';
export { curatePackage, executeCollection } from './jobs/retention.js';
export { attestPackage, attestValidation } from './jobs/attestation.js';
export { collectAutomatically, deriveDueWork, expireUploads, measureLedger, reapStaging, sweepRetention } from './jobs/upkeep.js';
export { jobs, jobNamed } from './jobs/registry.js';
export { eventDeclarations, parseEvent } from './events/registry.js';
export type { EventDeclaration } from './events/event.js';
export * as packagesHttp from './http/packages.js';
export * as retentionHttp from './http/retention.js';
export type { AttestationAnswer, MissingStatementAnswer } from './http/attestation.js';
export * as evidenceHttp from './http/evidence.js';
export type {
  AgainAnswer,
  AgainBody,
  EvidenceListAnswer,
  EvidenceAnswer,
  KeyAnswer,
  KeyListAnswer,
  RelayedAnswer,
} from './http/evidence.js';
export * as collectionHttp from './http/collection.js';
export { collectionPlan } from './events/collection.js';
export * as eventsHttp from './http/events.js';
export * as tokensHttp from './http/tokens.js';
export { problem, statusOfKind, exitCodeOfKind, type Problem } from './http/problem.js';
export type {
  CreatePackageBody,
  FinalizeBody,
  DirectUploadAnswer,
  CompleteDirectUploadBody,
  DirectUploadBody,
  FileAnswer,
  PackageAnswer,
  PackageListAnswer,
  ReceivedAnswer,
} from './http/packages.js';
export type {
  ClassesAnswer,
  ExtensionBody,
  HoldAnswer,
  PreviewAnswer,
  RetentionAnswer,
  SweepAnswer,
  SweepBody,
  ValidationAnswer,
  ValidationBody,
} from './http/retention.js';
export type { CollectionAnswer, CollectionListAnswer, LedgerAnswer, PlanAnswer, PlanBody, StartCollectionBody } from './http/collection.js';
export type { EventAnswer } from './http/events.js';
export type { CreateTokenBody, CreatedTokenAnswer, TokenAnswer } from './http/tokens.js';
export { pointer, type Pointer } from './files/pointer.js';
