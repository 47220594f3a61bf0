import { isMetaPath, type DueStatement, type Manifest } from '@muniment/domain';
import {
  archiveReceiptPredicate,
  archiveReceiptPredicateType,
  parseMeta,
  releasePredicate,
  releasePredicateType,
  splitSubjects,
  statementBytes,
  subjectsOf,
  testResultPredicate,
  testResultPredicateType,
  verificationSummaryPredicate,
  verificationSummaryPredicateType,
  type AssertedMeta,
  type Predicate,
} from '@muniment/formats';
import type { BlobReader } from '../ports/blob-store.js';
import type { PackageStory } from './package-story.js';

/** How the archive calls itself in statements. */
export interface ArchiveIdentity {
  /** URI. */
  readonly id: string;
  readonly version: string;
  /** Of its log; `null` while it has none. */
  readonly logOrigin: string | null;
}

/** A statement that waits for its signature. */
export interface WrittenStatement {
  readonly due: DueStatement;
  readonly part: number;
  readonly parts: number;
  readonly predicateType: string;
  readonly bytes: Uint8Array;
}

const longestMeta = 64 * 1024;
/** All records together; the rest are named by their digests. */
const longestMetas = 256 * 1024;

/** Everything that a due statement says, in as many parts as its subjects need. */
export async function writeStatement(
  due: DueStatement,
  packageId: string,
  story: PackageStory,
  archive: ArchiveIdentity,
  store: BlobReader,
): Promise<readonly WrittenStatement[]> {
  const subjects = splitSubjects(subjectsOf(story.manifest));
  const metas = due.statement === 'archive-receipt' ? await assertedMetas(story.manifest, store) : [];
  return subjects.map((some, index) => {
    const part = { number: index + 1, of: subjects.length };
    const [predicateType, predicate] = predicateOf(due, packageId, story, archive, index === 0 ? metas : [], part);
    return { due, part: part.number, parts: part.of, predicateType, bytes: statementBytes(some, predicateType, predicate) };
  });
}

function predicateOf(
  { statement, aboutRevision }: DueStatement,
  packageId: string,
  story: PackageStory,
  archive: ArchiveIdentity,
  metas: readonly AssertedMeta[],
  part: { readonly number: number; readonly of: number },
): readonly [string, Predicate] {
  const { manifest, manifestDigest, actor, finalizedIndex } = story;
  if (statement === 'release') return [releasePredicateType, releasePredicate(manifest)];
  if (statement === 'archive-receipt') {
    const log = { origin: archive.logOrigin ?? archive.id, index: finalizedIndex };
    const receipt = { archive, manifest, manifestDigest, receivedAt: receivedAt(manifest), uploader: actor, metas, log, part };
    return [archiveReceiptPredicateType, archiveReceiptPredicate(receipt)];
  }
  const validation = story.validations.get(aboutRevision);
  if (validation === undefined) throw new Error(`the validation at revision ${aboutRevision} of ${packageId} is not in the log yet`);
  if (statement === 'test-result') return [testResultPredicateType, testResultPredicate(validation.payload, validation.actor)];
  const about = { verifier: archive.id, version: archive.version, resourceUri: `${archive.id}/packages/${packageId}` };
  return [verificationSummaryPredicateType, verificationSummaryPredicate(validation.payload, about)];
}

/** When the last of its files had been received and read back. */
function receivedAt({ storage_receipts: receipts, provenance }: Manifest): string {
  return receipts.reduce<string>(
    (latest, { verified_at }) => (verified_at > latest ? verified_at : latest),
    receipts[0]?.verified_at ?? provenance.finalized_at,
  );
}

async function assertedMetas({ files }: Manifest, store: BlobReader): Promise<readonly AssertedMeta[]> {
  const metas: AssertedMeta[] = [];
  let room = longestMetas;
  for (const { path, digest, size } of files.filter((file) => isMetaPath(file.path))) {
    const sha256 = digest.replace(/^sha256:/, '');
    const repeated = size <= Math.min(longestMeta, room);
    if (repeated) room -= size;
    metas.push({ path, sha256, entries: repeated ? await entriesOf(sha256, store) : null });
  }
  return metas;
}

async function entriesOf(sha256: string, store: BlobReader): Promise<Readonly<Record<string, string>> | null> {
  const opened = await store.openBlob(sha256 as Parameters<BlobReader['openBlob']>[0]);
  if (opened === null) throw new Error(`blob ${sha256} is referenced but the store does not have it`);
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.stream as AsyncIterable<Uint8Array>) pieces.push(piece);
  return Object.fromEntries(parseMeta(Buffer.concat(pieces)).entries);
}
