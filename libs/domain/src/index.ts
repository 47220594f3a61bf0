export { Refusal, PushBack, refusalCodes, refusalKind, type RefusalCode, type RefusalKind } from './errors.js';
export {
  parseSha256,
  parseBlake3,
  sha256Name,
  sameBlob,
  type Sha256,
  type Blake3,
  type BlobIdentity,
  type ClaimedIdentity,
} from './digest.js';
export { instantOf, plusSeconds, type Instant } from './instant.js';
export type { Attribution, DecisionContext, Fact, PlainValue, Subject } from './event.js';
export type * from './package/events.js';
export type * from './package/state.js';
export type * from './retention/events.js';
export { parseFilePath, isMetaPath, counterpartPath, type FilePath } from './package/path.js';
export { parseArtifactName, platformOfTarget, type ArtifactKind, type ArtifactName } from './package/artifact-name.js';
export { createPackage, type CreatePackage } from './package/create-package.js';
export { assertMetaAgrees, assertMetaListsWheels } from './package/meta-agreement.js';
export { receiveFile, assertOpenFor, type ReceiveFile } from './package/receive-file.js';
export { ingestFile, type IngestFile, type Examination } from './package/ingest-file.js';
export { requestFinalization } from './package/request-finalization.js';
export { finalizePackage, filesWithoutMeta, manifestMediaType, type FinalizePackage } from './package/finalize-package.js';
export { defaultRetentionClasses, retentionClassNamed, defaultExpiry, type RetentionClass } from './retention/classes.js';
export { defaultInspectionLimits, type InspectionLimits } from './inspection/limits.js';
export type { ArchiveMember, Inspection, WheelFacts } from './inspection/inspection.js';
export { assertReceiving, assertOffset, isOpen, type UploadPhase, type UploadSession } from './upload/session.js';
export { actorOf, assertMay, isLive, may, mayEverywhere, verbs, type Principal, type Verb } from './access/token.js';
export type { DomainEvent } from './domain-event.js';
