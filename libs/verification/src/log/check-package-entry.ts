import type { ReceiptLog } from '../attestation/check-receipt.js';
import type { CheckList } from '../report/check.js';
import type { BelievedCheckpoint, LoggedEntry } from './check-inclusion.js';

/** Whether the proven entry is the finalization of this package with this manifest, and stands where the receipts say. */
export function checkPackageEntry(
  subject: string,
  proven: { readonly entry: LoggedEntry; readonly index: number; readonly checkpoint: BelievedCheckpoint },
  about: { readonly packageId: string; readonly manifestDigest: string },
  receipts: ReadonlyMap<string, ReceiptLog>,
  list: CheckList,
): void {
  const { entry, index, checkpoint } = proven;
  const right = entry.type === 'v1.package.finalized' && entry.subjectId === about.packageId;
  list.holds(
    'log.entry',
    subject,
    right,
    right ? `finalized ${entry.time}` : `it is ${entry.type} of ${entry.subjectId}`,
    checkpoint.restsOn,
  );
  list.equal('log.manifest', subject, about.manifestDigest, entry.payloadDigest, checkpoint.restsOn);
  for (const [name, said] of receipts) {
    const agrees = said.index === index && said.origin === checkpoint.origin;
    const detail = agrees
      ? `index ${index} of ${said.origin}`
      : `it names index ${said.index} of ${said.origin}, the proof ${index} of ${checkpoint.origin}`;
    list.holds('receipt.log', name, agrees, detail, checkpoint.restsOn);
  }
}
