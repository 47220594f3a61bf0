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
export { openedPackageState } from './package/state.js';
export type * from './retention/events.js';
export type * from './retention/state.js';
export { mayBeDeleted } from './retention/state.js';
export { evolveRetention, evolveAll, type Told } from './retention/evolve.js';
export { explainRetention, type Reason, type ReasonCode, type RetentionExplanation } from './retention/explain.js';
export { eligibility } from './retention/re-evaluate.js';
export { assertReason } from './retention/assert-reason.js';
export { extendRetention } from './retention/extend-retention.js';
export { applyHold, releaseHold } from './retention/hold.js';
export { restorePackage } from './retention/restore-package.js';
export { defaultCuratedKeep, demote, promote } from './retention/curate.js';
export { validatePackage, type ValidatePackage, type ValidationView } from './package/validate-package.js';
export type * from './collection/events.js';
export { planTotals, type CollectionPlan, type PlannedPackage, type PlanTotals } from './collection/plan.js';
export { assertBrake, readBrake, type ArchiveTotals, type BrakeReading } from './collection/brake.js';
export { collectPackage, type CollectibleView } from './collection/collect-package.js';
export type * from './attestation/events.js';
export { statementKinds } from './attestation/events.js';
export { signatureKey, signedKey, statementsDue, timesSigned, type AttestationState, type DueStatement } from './attestation/state.js';
export {
  attestationFailure,
  attestationPhase,
  type AttestationPhase,
  type AttestationStanding,
  type SignedPart,
} from './attestation/standing.js';
export { assertAttested, publishable, type MissingReason, type MissingStatement, type Publishable } from './attestation/publishable.js';
export { assertSignerAccepted, type AcceptedSigner, type CertifiedSigner } from './attestation/accept-signer.js';
export { assertMayBeReplaced, attestAgain, type SignedPackage } from './attestation/attest-again.js';
export { recordAttestations, recordFailure, recordRelayed, recordSignatures } from './attestation/record-attestations.js';
export type * from './keys/events.js';
export { announceKey, type AnnounceKey, type KeyState } from './keys/announce-key.js';
export { parseFilePath, isMetaPath, counterpartPath, wayOf, type FilePath, type Way } from './package/path.js';
export { archivedRunName, parseArtifactName, platformOfTarget, type ArtifactKind, type ArtifactName } from './package/artifact-name.js';
export { targetFacts, withTargetFacts, type TargetFacts } from './package/target.js';
export { createPackage, type CreatePackage } from './package/create-package.js';
export { assertMetaAgrees, assertMetaListsWheels } from './package/meta-agreement.js';
export { receiveFile, receivedOverlooks, assertOpenFor, type ReceiveFile } from './package/receive-file.js';
export { ingestFile, ingestedOverlooks, type IngestFile, type Examination } from './package/ingest-file.js';
export { giveUpMissing, type GiveUpMissing } from './package/give-up-missing.js';
export { requestFinalization } from './package/request-finalization.js';
export { finalizePackage, filesWithoutMeta, manifestMediaType, type FinalizePackage } from './package/finalize-package.js';
export { defaultRetentionClasses, retentionClassNamed, defaultExpiry, type RetentionClass } from './retention/classes.js';
export { defaultRetentionPolicy, maxDurationSeconds, type RetentionPolicy } from './retention/policy.js';
export { mayBeMarked, recognizeStore, type StoreDoubt, type StoreEvidence, type StoreRecord } from './storage/recognize-store.js';
export { defaultInspectionLimits, type InspectionLimits } from './inspection/limits.js';
export type { ArchiveMember, Inspection, WheelFacts } from './inspection/inspection.js';
export { assertProven, assertReceiving, assertOffset, isOpen, type UploadPhase, type UploadSession } from './upload/session.js';
export { actorOf, assertMay, isLive, may, mayAnywhere, mayEverywhere, verbs, type Principal, type Verb } from './access/token.js';
export type { DomainEvent } from './domain-event.js';
