import { hash } from 'node:crypto';
import { archiveReceiptPredicateType } from '@muniment/formats';
import { checkAttestation, type BelievedAttestation } from '../attestation/check-attestation.js';
import { checkReceipt, type ReceiptLog } from '../attestation/check-receipt.js';
import { checkSubjects } from '../attestation/check-subjects.js';
import type { SigningTime } from '../keys/key-at.js';
import type { Trust } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import type { timestampedSignatures } from '../timestamp/timestamped-signatures.js';
import type { AttestationEvidence, PackageEvidence } from './evidence.js';

/** What proves when a signature was made, of both kinds. */
export interface ProvenTimes {
  readonly signingTimes: ReadonlyMap<string, SigningTime>;
  readonly stamped: ReturnType<typeof timestampedSignatures>;
}

/** What somebody signed at once about a package, and how that was judged. */
interface JudgedSigning {
  readonly files: readonly AttestationEvidence[];
  /** `withdrawn`: nothing speaks against it but that its key is compromised. */
  readonly verdict: 'holds' | 'withdrawn' | 'unjudged' | 'fails';
  readonly believed: readonly Believed[];
  /** What was checked of it; of a signing that was replaced nothing of this counts. */
  readonly list: CheckList;
}

interface Believed {
  readonly file: AttestationEvidence;
  readonly one: BelievedAttestation;
}

/** The archive's own statements, and what the receipts among them say of the log, by name. @param now RFC 3339. */
export function checkStatements(
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
  let attested = 0;
  let unjudged = 0;
  for (const [group, files] of Map.groupBy(evidence.attestations, (file) => file.group)) {
    const signings = [...Map.groupBy(files, ({ signing }) => signing).values()].map((own) =>
      judged(group, own, evidence, trust, now, times),
    );
    report(signings, list);
    for (const { verdict, believed, files: own } of signings) {
      if (verdict === 'unjudged') unjudged += own.length;
      if (verdict !== 'holds') continue;
      for (const { file, one } of believed) {
        if (one.statement.predicateType !== archiveReceiptPredicateType) continue;
        attested += 1;
        const log = checkReceipt(file.name, one.statement, evidence, one.restsOn, list);
        if (log !== null) receipts.set(file.name, log);
      }
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

/** All checks of what was signed together. */
function judged(
  group: string,
  files: readonly AttestationEvidence[],
  evidence: PackageEvidence,
  trust: Trust,
  now: string,
  times: ProvenTimes,
): JudgedSigning {
  const list = new CheckList();
  const all = files.map((file) => ({ file, one: checkAttestation({ ...file, signed: timeOf(file, evidence, times) }, trust, now, list) }));
  const believed = all.flatMap(({ file, one }) => (one === null || typeof one === 'string' ? [] : [{ file, one }]));
  const judgment = { files, believed, list };
  if (all.every(({ one }) => one === 'unjudged')) return { ...judgment, verdict: 'unjudged' };
  if (believed.length === files.length) return { ...judgment, verdict: checkWhole(group, believed, evidence, list) ? 'holds' : 'fails' };
  const isWithdrawn = all.every(({ one }) => one === 'withdrawn' || (one !== null && typeof one !== 'string'));
  return { ...judgment, verdict: isWithdrawn ? 'withdrawn' : 'fails' };
}

/** What a compromised key signed is no failure once another key that counts has signed the statement. It counts for nothing either way. */
function report(signings: readonly JudgedSigning[], list: CheckList): void {
  const replacement = signings.find(({ verdict }) => verdict === 'holds')?.believed[0];
  for (const { verdict, files, list: own } of signings) {
    if (verdict !== 'withdrawn' || replacement === undefined) list.checks.push(...own.checks);
    else
      for (const { name } of files) {
        const detail = `its key is compromised, so that it counts for nothing; ${replacement.file.name} is signed by a key that does`;
        list.holds('attestation.replaced', name, true, detail, replacement.one.restsOn);
      }
  }
}

/** The earliest proven time: a signature is not younger than any proof of it. Else what the giver of the evidence says. */
function timeOf({ name, bytes, madeAt }: AttestationEvidence, { toldBy }: PackageEvidence, times: ProvenTimes): SigningTime | null {
  const proven = [times.signingTimes.get(hash('sha256', bytes)), times.stamped(name)].filter((time) => time !== undefined);
  const [earliest] = proven.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return earliest ?? (madeAt === null ? null : { at: madeAt, provenBy: null, restsOn: toldBy });
}

/** All files of one signing: one predicate type, the same signed bytes in either form, and together exactly the files of the package. */
function checkWhole(group: string, believed: readonly Believed[], evidence: PackageEvidence, list: CheckList): boolean {
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
