import { hash } from 'node:crypto';
import { archiveReceiptPredicateType } from '@muniment/formats';
import { AttestationError, openAttestation } from '../attestation/open-attestation.js';
import { checkAttestation, type BelievedAttestation } from '../attestation/check-attestation.js';
import { checkReceipt, type ReceiptLog } from '../attestation/check-receipt.js';
import { checkSubjects } from '../attestation/check-subjects.js';
import { openStatement } from '../attestation/open-statement.js';
import type { SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import { checkInclusion, type BelievedCheckpoint } from '../log/check-inclusion.js';
import { timestampedSignatures } from '../timestamp/timestamped-signatures.js';
import { skipWitnesses } from '../log/check-witnesses.js';
import { checkPackageEntry } from '../log/check-package-entry.js';
import type { CheckList } from '../report/check.js';
import type { AttestationEvidence, PackageEvidence } from './evidence.js';
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

function checkStatements(
  evidence: PackageEvidence,
  trust: Trust,
  now: string,
  times: ProvenTimes,
  list: CheckList,
): ReadonlyMap<string, ReceiptLog> {
  const receipts = new Map<string, ReceiptLog>();
  if (evidence.attestations.length === 0) {
    const remedy = 'The signer of the archive attests every finalized package; ask its operator whether it runs.';
    list.skipped('attestation.signature', evidence.packageId, 'the archive has signed nothing about this package', remedy);
    return receipts;
  }
  const byGroup = Map.groupBy(evidence.attestations, ({ group }) => group);
  let attested = 0;
  let unjudged = 0;
  for (const [group, files] of byGroup) {
    const believed = files.flatMap((file) => {
      const one = checkAttestation({ ...file, signed: timeOf(file, evidence, times) }, trust, now, list);
      if (one === 'unjudged') unjudged += 1;
      return one === null || one === 'unjudged' ? [] : [{ file, one }];
    });
    if (believed.length < files.length) continue;
    if (!checkGroup(group, believed, evidence, list)) continue;
    for (const { file, one } of believed) {
      if (one.statement.predicateType !== archiveReceiptPredicateType) continue;
      attested += 1;
      const log = checkReceipt(file.name, one.statement, evidence, one.restsOn, list);
      if (log !== null) receipts.set(file.name, log);
    }
  }
  if (attested === 0 && unjudged === evidence.attestations.length) {
    const remedy = 'See attestation.signature above.';
    list.skipped('attestation.receipt', evidence.packageId, 'every receipt is signed with a certificate that was not judged', remedy);
    return receipts;
  }
  const detail = attested > 0 ? 'the archive signed a receipt for exactly these files' : 'no receipt of the archive holds';
  list.holds('attestation.receipt', evidence.packageId, attested > 0, detail, 'the receipts above');
  return receipts;
}

/** What proves when a signature was made, of both kinds. */
interface ProvenTimes {
  readonly signingTimes: ReadonlyMap<string, SigningTime>;
  readonly stamped: ReturnType<typeof timestampedSignatures>;
}

/** The earliest proven time: a signature is not younger than any proof of it. Else what the giver of the evidence says. */
function timeOf({ name, bytes, madeAt }: AttestationEvidence, { toldBy }: PackageEvidence, times: ProvenTimes): SigningTime | null {
  const proven = [times.signingTimes.get(hash('sha256', bytes)), times.stamped(name)].filter((time) => time !== undefined);
  const [earliest] = proven.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return earliest ?? (madeAt === null ? null : { at: madeAt, provenBy: null, restsOn: toldBy });
}

interface Believed {
  readonly file: AttestationEvidence;
  readonly one: BelievedAttestation;
}

/** All files of one statement: one predicate type, the same signed bytes in either form, and together exactly the files of the package. */
function checkGroup(group: string, believed: readonly Believed[], evidence: PackageEvidence, list: CheckList): boolean {
  const [first] = believed;
  if (first === undefined) return false;
  const { restsOn, statement } = first.one;
  const sameType = believed.every(({ one }) => one.statement.predicateType === statement.predicateType);
  const bundles = payloadsOf(believed, 'bundle');
  const envelopes = payloadsOf(believed, 'envelope');
  const agree = sameType && (bundles === '' || envelopes === '' || bundles === envelopes);
  list.holds(
    'attestation.forms',
    group,
    agree,
    agree ? 'bundle and envelope hold the same' : 'bundle and envelope hold different statements',
    restsOn,
  );
  const subjects = believed.flatMap(({ one }) => one.statement.subjects);
  return checkSubjects(group, subjects, evidence.manifest, restsOn, list) && agree;
}

function payloadsOf(believed: readonly Believed[], form: 'bundle' | 'envelope'): string {
  const own = believed.filter(({ one }) => one.opened.form === form);
  return own
    .map(({ one }) => hash('sha256', one.opened.payload))
    .sort()
    .join();
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
