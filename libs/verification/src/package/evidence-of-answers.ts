import type { EvidenceAnswer } from '@muniment/contracts';
import { sha256Hex } from '@muniment/formats';
import type { CheckList } from '../report/check.js';
import type { AttestationEvidence, PackageEvidence } from './evidence.js';

type Parts = Pick<PackageEvidence, 'attestations' | 'relayed' | 'signatures'>;

/**
 * Sorts pieces of evidence by what the list of the archive says they are. A piece that has other bytes than listed is a failed check `evidence.sha256`; so is
 * one that is not there, `evidence.present`.
 */
export function evidenceOfAnswers(
  answers: readonly EvidenceAnswer[],
  bytesOf: (answer: EvidenceAnswer) => Uint8Array | undefined,
  toldBy: string,
  list: CheckList,
): Parts {
  const attestations: AttestationEvidence[] = [];
  const relayed: { name: string; bytes: Uint8Array }[] = [];
  const signatures: PackageEvidence['signatures'][number][] = [];
  for (const answer of answers) {
    const { name, kind, made_at: madeAt, sha256, path } = answer;
    const bytes = bytesOf(answer);
    if (bytes === undefined) {
      list.holds('evidence.present', name, false, 'it is listed and not there', toldBy);
      continue;
    }
    if (sha256Hex(bytes) !== sha256) list.equal('evidence.sha256', name, sha256, sha256Hex(bytes), toldBy);
    if (kind === 'attestation')
      attestations.push({ name, bytes, group: groupOf(answer), signing: answer.attestation_id ?? groupOf(answer), madeAt });
    else if (kind === 'relayed') relayed.push({ name, bytes });
    else signatures.push({ name, path: path ?? '', bytes, signed: { at: madeAt, provenBy: null, restsOn: toldBy } });
  }
  return { attestations, relayed, signatures };
}

/** All parts and forms of one statement, by whatever keys. */
function groupOf({ statement, about_revision, name }: EvidenceAnswer): string {
  return statement === undefined || about_revision === undefined ? name : `${statement}.r${about_revision}`;
}
