import { AttestationError, openAttestation } from '../attestation/open-attestation.js';
import type { ReceiptLog } from '../attestation/check-receipt.js';
import { openStatement } from '../attestation/open-statement.js';
import type { SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import { checkInclusion, type BelievedCheckpoint } from '../log/check-inclusion.js';
import { timestampedSignatures } from '../timestamp/timestamped-signatures.js';
import { skipWitnesses } from '../log/check-witnesses.js';
import { checkPackageEntry } from '../log/check-package-entry.js';
import type { CheckList } from '../report/check.js';
import { checkStatements } from './check-statements.js';
import type { PackageEvidence } from './evidence.js';
import { provenSigningTimes } from './signing-times.js';

export interface CheckedPackage {
  /** Of the proof; null when there was none or it does not hold. */
  readonly checkpoint: BelievedCheckpoint | null;
  /** When evidence was signed, as the log proves it, by SHA-256 of its bytes. */
  readonly signingTimes: ReadonlyMap<string, SigningTime>;
}

/** Every check that needs no bytes of the package's files: attestations, receipts, log. @param now RFC 3339. */
export function checkPackage(evidence: PackageEvidence, trust: Trust, now: string, list: CheckList): CheckedPackage {
  const signingTimes = provenSigningTimes(evidence, trust, list);
  const stamped = timestampedSignatures(evidence.attestations, trust, list);
  const receipts = checkStatements(evidence, trust, now, { signingTimes, stamped }, list);
  checkRelayed(evidence, list);
  return { checkpoint: checkLog(evidence, receipts, trust, list), signingTimes };
}

/** Of what others signed only the subjects can be compared: whom to believe about a build, nobody here knows. */
function checkRelayed({ relayed, manifest }: PackageEvidence, list: CheckList): void {
  const known = new Set(
    manifest.files.flatMap(({ digest, members }) => [
      digest.slice('sha256:'.length),
      ...(members ?? []).map(({ sha256 }) => String(sha256)),
    ]),
  );
  for (const { name, bytes } of relayed) {
    try {
      const { subjects, predicateType } = openStatement(openAttestation(bytes));
      const about = subjects.filter(({ digest }) => known.has(digest['sha256'] ?? '')).length;
      const detail = about > 0 ? `${predicateType} about ${about} of the package’s files` : 'it is about none of the package’s files';
      list.holds('relayed.subjects', name, about > 0, detail, 'digests of the manifest');
    } catch (error) {
      if (!(error instanceof AttestationError)) throw error;
      list.skipped('relayed.subjects', name, `not read here: ${error.message}`, 'Give it to the tool of whoever signed it.');
    }
    const remedy = 'Check it with cosign, gh attestation verify or slsa-verifier against the identity you expect.';
    list.skipped('relayed.signature', name, 'signed by somebody else, whose identity only you can judge', remedy);
  }
}

function skipLog(packageId: string, { witnesses }: Trust, list: CheckList): void {
  const checks = ['log.checkpoint', 'log.inclusion'];
  if (witnesses === null) {
    const remedy = 'The signer of the archive signs checkpoints of the log; ask its operator whether it runs.';
    for (const check of checks) list.skipped(check, packageId, 'there is no proof from the log', remedy);
    return;
  }
  const names = [...new Set(witnesses.keys.map(({ name }) => name))].join(', ');
  const why = `no checkpoint that covers it has been cosigned by ${witnesses.threshold} of the witnesses you named, ${names}`;
  const remedy = 'Witnesses cosign soon after an append: try again in a minute, or ask the operator of the archive which of them it has.';
  for (const check of [...checks, 'log.witnesses']) list.skipped(check, packageId, why, remedy);
}

function checkLog(
  evidence: PackageEvidence,
  receipts: ReadonlyMap<string, ReceiptLog>,
  trust: Trust,
  list: CheckList,
): BelievedCheckpoint | null {
  const { packageId, logProof } = evidence;
  if (logProof === null) {
    skipLog(packageId, trust, list);
    return null;
  }
  const proven = checkInclusion(packageId, logProof, trust, list);
  if (proven === null) return null;
  if (trust.witnesses === null) skipWitnesses(packageId, proven.note, list);
  checkPackageEntry(packageId, proven, evidence, receipts, list);
  return proven.checkpoint;
}
