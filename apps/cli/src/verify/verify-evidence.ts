import type { MunimentClient } from '@muniment/client';
import { checkConsistency, checkPackage, type CheckList } from '@muniment/verification';
import { noteOfProof, provenConsistently } from './log-consistency.js';
import type { Manifest } from '@muniment/domain';
import { archiveTrust, rememberArchive } from './archive-trust.js';
import { archiveWord } from './archive-word.js';
import { FileSignatures } from './check-files.js';
import { gatherEvidence } from './gather-evidence.js';
import type { KnownArchives } from './known-archives.js';
import type { Brought } from './trust-options.js';

export interface EvidenceRequest {
  readonly url: string;
  readonly packageId: string;
  readonly manifest: Manifest;
  readonly manifestDigest: string;
  readonly brought: Brought;
  readonly known: KnownArchives | null;
  /** RFC 3339. */
  readonly now: string;
  /** How the skipped signatures could be checked. */
  readonly remedy: string;
}

/**
 * What the archive can prove about a package, checked: attestations, receipts, log and signatures. `readFiles` is given the signatures and offers them the
 * files whose bytes are at hand.
 */
export async function verifyEvidence(
  client: MunimentClient,
  request: EvidenceRequest,
  list: CheckList,
  readFiles: (signatures: FileSignatures) => Promise<void>,
): Promise<void> {
  const { url, packageId, brought, known, now } = request;
  const whom = await archiveTrust(client, url, brought, known, list);
  const compromised = whom.told.some(({ compromisedAt }) => compromisedAt !== null);
  const toldBy = archiveWord(url);
  const about = { packageId, manifest: request.manifest, manifestDigest: request.manifestDigest, toldBy };
  const { evidence, consistency } = await provenConsistently(client, () => gatherEvidence(client, about, compromised, list), whom.kept);
  const { checkpoint, signingTimes } = checkPackage(evidence, whom.trust, now, list);
  if (whom.kept !== null && checkpoint !== null) checkConsistency(packageId, whom.kept, checkpoint, consistency, whom.trust, list);
  const proven = evidence.signatures.map((file) => ({ ...file, signed: signingTimes.get(digestOf(evidence, file.name)) ?? file.signed }));
  const signatures = await FileSignatures.of(proven, whom.trust, now, list);
  await readFiles(signatures);
  signatures.finish(packageId, request.remedy);
  if (known === null || list.failed.length > 0) return;
  const note = evidence.logProof === null || checkpoint === null ? null : { note: noteOfProof(evidence.logProof), believed: checkpoint };
  await rememberArchive(known, whom, note, now);
}

function digestOf({ answers }: Awaited<ReturnType<typeof gatherEvidence>>, name: string): string {
  return answers.find((answer) => answer.name === name)?.sha256 ?? '';
}
