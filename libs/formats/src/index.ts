export { DualDigest, identify, sha256Hex } from './digest/dual-digest.js';
export { encodeCbor, decodeCbor } from './canonical/cbor.js';
export { encodeJcs } from './canonical/jcs.js';
export { parseStrictJson } from './canonical/strict-json.js';
export { parseMeta, writeMeta, inMadeOrder, type MetaRecord } from './meta/meta-record.js';
export { maxSubjects, splitSubjects, subjectsOf, type StatementSubject } from './attestation/subjects.js';
export { statementBytes, statementType } from './attestation/statement.js';
export {
  bundleMediaType,
  envelopeMediaType,
  inTotoPayloadType,
  preAuthEncoding,
  writeBundle,
  writeCertifiedBundle,
  writeEnvelope,
  type Certification,
  type LogEntry,
  type SignedPayload,
} from './attestation/dsse.js';
export { openTrustedRoot, SigstoreError, type TrustedRoot } from './sigstore/open-trusted-root.js';
export { readAttestation, type ReadAttestation } from './attestation/read-attestation.js';
export {
  releasePredicate,
  releasePredicateType,
  testResultPredicate,
  testResultPredicateType,
  validatedLevels,
  verificationSummaryPredicate,
  verificationSummaryPredicateType,
  type Predicate,
} from './attestation/predicates.js';
export { archiveReceiptPredicate, archiveReceiptPredicateType, type AssertedMeta, type Receipt } from './attestation/archive-receipt.js';
export { noAttestationPolicy, parseAttestationPolicy, type AttestationPolicy } from './attestation-policy/parse-attestation-policy.js';
export { nameRemark } from './attestation/wheel-remark.js';
export { declarationOf } from './meta/meta-declaration.js';
export { parseRetentionPolicy } from './retention-policy/parse-retention-policy.js';
export { PolicyError, type PolicyProblem } from './retention-policy/policy-error.js';
export { normalizeProjectName } from './wheel/project-name.js';
export { canonicalVersion } from './wheel/project-version.js';
export { parseWheelName, type WheelName } from './wheel/wheel-name.js';
export { parseMetadata, assertMetadataAgrees, type CoreMetadata } from './wheel/metadata.js';
export { TarWalker, type TarMember, type TarVisitor } from './archive/tar-walker.js';
export { feedOf, type ByteFeed } from './archive/byte-feed.js';
export { sourceOf, type ByteSource, type OpenSpool, type Spool } from './archive/byte-source.js';
export { planFor, mediaTypeFor, type InspectionPlan } from './inspect/plan.js';
export { inspectTar, inspectWheelhouse } from './inspect/inspect-tar.js';
export { inspectZip } from './inspect/inspect-zip.js';
export { inspectWheel } from './inspect/inspect-wheel.js';
export { inspectMeta } from './inspect/inspect-meta.js';
export { extractMember } from './inspect/extract-member.js';
export {
  consistencyRanges,
  emptyRoot,
  inclusionRanges,
  joinSubtrees,
  leafHash,
  nodeHash,
  subtreesOf,
  type Hash,
  type Range,
} from './transparency/merkle.js';
export {
  growingTiles,
  growTiles,
  parseTilePath,
  rangeRoots,
  tileKey,
  tilePath,
  tilesOfRanges,
  tileWidth,
  type Tile,
  type TileCoordinate,
} from './transparency/tiles.js';
export { isConsistent, rootFromInclusion } from './transparency/verify-proof.js';
export {
  ed25519Signer,
  NoteError,
  openNote,
  parseSignature,
  parseVerifierKey,
  signNote,
  verifierKey,
  type NoteSigner,
  type NoteVerifier,
} from './transparency/note.js';
export { checkpointText, parseCheckpoint, type Checkpoint } from './transparency/checkpoint.js';
export { parseTlogProof, writeTlogProof, type TlogProof } from './transparency/tlog-proof.js';
export { entryBundle, logEntry, maxEntryBytes, type LoggedEvent } from './transparency/log-entry.js';
export { parseConsistencyProof, writeConsistencyProof, type ConsistencyProof } from './transparency/consistency-proof.js';
export { cosignaturesIn, parseLogWitnessKey, type Cosignature, type LogWitnessKey } from './transparency/cosignature.js';
export { checkContinuation, checkLogProof, type ProvenEntry } from './transparency/check-log-proof.js';
export { sshFingerprint } from './attestation/ssh-fingerprint.js';
