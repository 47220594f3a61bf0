import { evidenceHttp, type EvidenceAnswer, type KeyAnswer } from '@muniment/contracts';
import { Refusal, type Manifest } from '@muniment/domain';
import { parseStrictJson } from '@muniment/formats';
import type { PackageEvidence, ProvenEvent } from '../package/evidence.js';
import { evidenceOfAnswers } from '../package/evidence-of-answers.js';
import type { CheckList } from '../report/check.js';
import { packPlaces } from './layout.js';
import type { ReadPack } from './read-pack.js';

type Documents = ReadPack['documents'];

/** What believing a pack's own lists rests on. */
export const packWord = 'the pack itself, which anybody could have made';

/** The evidence that lies in a pack. */
export function packEvidence(
  documents: Documents,
  about: { readonly packageId: string; readonly manifest: Manifest; readonly manifestDigest: string },
  list: CheckList,
): PackageEvidence {
  const answers =
    listOf(documents, packPlaces.attestationList, list, (value) => evidenceHttp.evidenceListAnswer.parse(value).attestations) ?? [];
  const parts = evidenceOfAnswers(answers, (answer) => documents.get(placeOf(answer)), packWord, list);
  const logProof = textOf(documents.get(packPlaces.logProof));
  return { ...about, ...parts, logProof, signings: signingsIn(documents), toldBy: packWord };
}

/** Where a piece of evidence lies in a pack. */
export function placeOf({ kind, name }: Pick<EvidenceAnswer, 'kind' | 'name'>): string {
  return (kind === 'signature' ? packPlaces.signatures : packPlaces.attestations) + name;
}

/** The keys as the archive told of them when the pack was made. */
export function packKeys(documents: Documents, list: CheckList): readonly KeyAnswer[] {
  return listOf(documents, packPlaces.keyList, list, (value) => evidenceHttp.keyListAnswer.parse(value).keys) ?? [];
}

function signingsIn(documents: Documents): readonly ProvenEvent[] {
  return [...documents].flatMap(([path, payload]) => {
    if (!path.startsWith(packPlaces.signings) || !path.endsWith('.cbor')) return [];
    const proof = textOf(documents.get(path.replace(/\.cbor$/, '.tlog-proof')));
    return proof === null ? [] : [{ payload, proof }];
  });
}

function listOf<T>(documents: Documents, place: string, list: CheckList, read: (value: unknown) => T): T | null {
  const bytes = documents.get(place);
  if (bytes === undefined) {
    list.holds('pack.members', place, false, 'it is missing', packWord);
    return null;
  }
  try {
    return read(parseStrictJson(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    const why = error instanceof Refusal ? error.message : 'it is not what an archive answers';
    list.holds('pack.members', place, false, why, packWord);
    return null;
  }
}

export function textOf(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString('utf8');
}
