import type { MunimentClient } from '@muniment/client';
import {
  checkConsistency,
  checkPackage,
  checkSharedHistory,
  type BelievedCheckpoint,
  type CheckList,
  type NotedCheckpoint,
} from '@muniment/verification';
import { noteOfProof, provenConsistently, type ProvenEvidence } from './log-consistency.js';
import type { Manifest } from '@muniment/domain';
import { archiveTrust, rememberArchive, type ArchiveTrust } from './archive-trust.js';
import { archiveWord } from './archive-word.js';
import { FileSignatures } from './check-files.js';
import { gatherEvidence } from './gather-evidence.js';
import type { KnownArchives } from './known-archives.js';
import type { Brought } from './trust-options.js';
import { wantedOf } from '../log/named-witnesses.js';

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
  const wanted = wantedOf(whom.trust.witnesses);
  const gathering = { withSignings: whom.told.some(({ compromisedAt }) => compromisedAt !== null), wanted };
  const toldBy = archiveWord(url);
  const about = { packageId, manifest: request.manifest, manifestDigest: request.manifestDigest, toldBy };
  const proven = await provenConsistently(client, () => gatherEvidence(client, about, gathering, list), whom.kept, wanted);
  const { evidence } = proven;
  const { checkpoint, signingTimes } = checkPackage(evidence, whom.trust, now, list);
  const latest = checkpoint === null ? null : checkContinuation(proven, checkpoint, whom, list);
  const signed = evidence.signatures.map((file) => ({ ...file, signed: signingTimes.get(digestOf(evidence, file.name)) ?? file.signed }));
  const signatures = await FileSignatures.of(signed, whom.trust, now, list);
  await readFiles(signatures);
  signatures.finish(packageId, request.remedy);
  if (known === null || list.failed.length > 0) return;
  await rememberArchive(known, whom, latest, now);
}

/** Whether the log holds what the kept checkpoint committed to; answers its latest checkpoint that was seen. */
function checkContinuation(
  { evidence, consistency, shared }: ProvenEvidence,
  believed: BelievedCheckpoint,
  { trust, kept }: ArchiveTrust,
  list: CheckList,
): NotedCheckpoint | null {
  const note = noteOfProof(evidence.logProof ?? '');
  if (kept !== null && shared !== null) return checkSharedHistory(evidence.packageId, kept, note, shared, trust, list);
  if (kept !== null) checkConsistency(evidence.packageId, kept, believed, consistency, trust, list);
  return { note, believed };
}

function digestOf({ answers }: Awaited<ReturnType<typeof gatherEvidence>>, name: string): string {
  return answers.find((answer) => answer.name === name)?.sha256 ?? '';
}
