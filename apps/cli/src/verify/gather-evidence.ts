import { ApiError, type MunimentClient } from '@muniment/client';
import type { EvidenceAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { encodeCbor, sha256Hex } from '@muniment/formats';
import type { AttestationEvidence, CheckList, PackageEvidence, ProvenEvent } from '@muniment/verification';

/** Evidence as an archive gave it, and the file that each signature says it is of. */
export interface GatheredEvidence extends PackageEvidence {
  readonly answers: readonly EvidenceAnswer[];
}

/**
 * Everything the archive has to prove a package with. Bytes that are not what the archive itself lists are a failed check. `withSignings`: also when
 * each attestation was signed, by the log; what needs it is a compromised key.
 */
export async function gatherEvidence(
  client: MunimentClient,
  about: Pick<PackageEvidence, 'packageId' | 'manifestDigest' | 'toldBy'> & { readonly manifest: Manifest },
  withSignings: boolean,
  list: CheckList,
): Promise<GatheredEvidence> {
  const { packageId, toldBy } = about;
  const answers = (await unlessAbsent(client.evidence.list(packageId))) ?? [];
  const attestations: AttestationEvidence[] = [];
  const relayed: { name: string; bytes: Uint8Array }[] = [];
  const signatures: GatheredEvidence['signatures'][number][] = [];
  for (const answer of answers) {
    const { name, kind, made_at: madeAt } = answer;
    const bytes = await client.evidence.bytes(packageId, name);
    if (sha256Hex(bytes) !== answer.sha256) list.equal('evidence.sha256', name, answer.sha256, sha256Hex(bytes), toldBy);
    if (kind === 'attestation') attestations.push({ name, bytes, group: groupOf(answer), madeAt });
    else if (kind === 'relayed') relayed.push({ name, bytes });
    else signatures.push({ name, path: answer.path ?? '', bytes, signed: { at: madeAt, inLog: false, restsOn: toldBy } });
  }
  const logProof = await unlessAbsent(client.log.packageProof(packageId));
  const signings = withSignings ? await signingsOf(client, packageId) : [];
  return { ...about, attestations, relayed, signatures, logProof, signings, answers };
}

/** All parts and forms of one statement. */
export function groupOf({ statement, about_revision, name }: Pick<EvidenceAnswer, 'statement' | 'about_revision' | 'name'>): string {
  return statement === undefined || about_revision === undefined ? name : `${statement}.r${about_revision}`;
}

async function signingsOf(client: MunimentClient, packageId: string): Promise<readonly ProvenEvent[]> {
  const signings: ProvenEvent[] = [];
  for (const type of ['v1.attestation.signed', 'v1.signature.made']) {
    for await (const event of client.events({ subject: packageId, type })) {
      const proof = await unlessAbsent(client.log.proof(event.sequence));
      if (proof !== null) signings.push({ payload: encodeCbor(event.payload), proof });
    }
  }
  return signings;
}

/** Null for what is not there, yet or for this token. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
    throw error;
  }
}
