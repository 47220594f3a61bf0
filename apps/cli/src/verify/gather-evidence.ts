import { ApiError, type MunimentClient, type WantedCosigners } from '@muniment/client';
import type { EvidenceAnswer } from '@muniment/contracts';
import type { Manifest } from '@muniment/domain';
import { encodeCbor } from '@muniment/formats';
import { evidenceOfAnswers, type CheckList, type PackageEvidence, type ProvenEvent } from '@muniment/verification';

/** Evidence as an archive gave it, and the file that each signature says it is of. */
export interface GatheredEvidence extends PackageEvidence {
  readonly answers: readonly EvidenceAnswer[];
}

/** How much evidence is asked for. */
export interface Gathering {
  /** Also when each attestation was signed, by the log; what needs it is a compromised key. */
  readonly withSignings: boolean;
  /** What the checkpoint of each log proof bears. */
  readonly wanted: WantedCosigners | null;
}

/** Everything the archive has to prove a package with. Bytes that are not what the archive itself lists are a failed check. */
export async function gatherEvidence(
  client: MunimentClient,
  about: Pick<PackageEvidence, 'packageId' | 'manifestDigest' | 'toldBy'> & { readonly manifest: Manifest },
  { withSignings, wanted }: Gathering,
  list: CheckList,
): Promise<GatheredEvidence> {
  const { packageId, toldBy } = about;
  const answers = (await unlessAbsent(client.evidence.list(packageId))) ?? [];
  const bytes = new Map<string, Uint8Array>();
  for (const { name } of answers) bytes.set(name, await client.evidence.bytes(packageId, name));
  const parts = evidenceOfAnswers(answers, ({ name }) => bytes.get(name), toldBy, list);
  const logProof = await unlessAbsent(client.log.packageProof(packageId, wanted));
  const signings = withSignings ? await signingsOf(client, packageId, wanted) : [];
  return { ...about, ...parts, logProof, signings, answers };
}

async function signingsOf(client: MunimentClient, packageId: string, wanted: WantedCosigners | null): Promise<readonly ProvenEvent[]> {
  const signings: ProvenEvent[] = [];
  for (const type of ['v1.attestation.signed', 'v1.signature.made']) {
    for await (const event of client.events({ subject: packageId, type })) {
      const proof = await unlessAbsent(client.log.proof(event.sequence, wanted));
      if (proof !== null) signings.push({ payload: encodeCbor(event.payload), proof });
    }
  }
  return signings;
}

/** Null for what is not there, yet or for this token. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
    throw error;
  }
}
