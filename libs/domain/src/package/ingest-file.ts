import { sameBlob, type BlobIdentity } from '../digest.js';
import { Refusal } from '../errors.js';
import type { DecisionContext } from '../event.js';
import type { Inspection } from '../inspection/inspection.js';
import type { CorruptionDetected, FileIngested, FileRefused, FinalizationDue } from './events.js';
import { assertMetaAgrees, assertMetaListsWheels } from './meta-agreement.js';
import type { FileState, FileView } from './state.js';

/** What the hasher found by reading the stored bytes once: their identity and either an inspection or the reason to refuse. */
export interface Examination {
  readonly stored: BlobIdentity;
  readonly outcome: { readonly inspection: Inspection } | { readonly refusal: Refusal };
}

export interface IngestFile {
  readonly fileId: string;
  readonly examination: Examination;
  readonly backend: string;
  /** Projects (normalized names) that every wheelhouse must hold a wheel of (ING-18); empty: any wheels will do. */
  readonly criticalWheels: readonly string[];
}

/**
 * What may have come since the view that {@link ingestFile} decided on. Files received meanwhile stand at other paths, and whoever verifies the other half of a
 * `.meta` pair compares the two. Once the package is to be finalized its last file counts, so everything is to be seen.
 */
export function ingestedOverlooks({ package: pkg }: FileView): 'v1.file.received' | null {
  return pkg.finalizeRequested ? null : 'v1.file.received';
}

type IngestFacts = readonly (FileIngested | FileRefused | CorruptionDetected | FinalizationDue)[];

/**
 * Only when declared, received and stored agree does the file become part of the package. Nothing happens for a file that was already
 * decided, so the job may run any number of times. The last verified file of a package that waits for it also makes finalization due.
 */
export function ingestFile(view: FileView, command: IngestFile, context: DecisionContext): IngestFacts {
  const file = view.file;
  if (file?.fileId !== command.fileId || file.phase !== 'received') return [];
  try {
    return acceptFile(view, file, command, context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuseFile(file, error, command, context);
  }
}

function acceptFile(
  view: FileView,
  file: FileState,
  { examination, backend, criticalWheels }: IngestFile,
  { now }: DecisionContext,
): IngestFacts {
  if (!sameBlob(examination.stored, file)) {
    // Sent straight to the store, so that nobody but the client ever spoke for the bytes: its word is wrong, the store is not.
    if (file.blake3 === null && file.stagingKey !== null) {
      throw new Refusal('digest_mismatch', `The bytes of ${file.path} are not what was declared. Upload the file again.`);
    }
    throw new Refusal(
      'stored_bytes_differ',
      `The object store holds other bytes than it acknowledged for ${file.path}. Upload the file again.`,
    );
  }
  if ('refusal' in examination.outcome) throw examination.outcome.refusal;
  const { inspection } = examination.outcome;
  assertCriticalWheels(file, inspection, criticalWheels);
  const { counterpart } = view;
  if (counterpart !== null && counterpart.phase !== 'refused') {
    if (file.declares) {
      assertMetaAgrees(file.declares, counterpart.path, counterpart);
      if (counterpart.phase === 'ingested') assertMetaListsWheels(file.declares, counterpart.path, counterpart.members);
    }
    if (counterpart.declares) assertMetaListsWheels(counterpart.declares, file.path, membersOf(inspection));
  }
  const ingested: FileIngested = {
    type: 'v1.file.ingested',
    payload: {
      file_id: file.fileId,
      path: file.path,
      size: file.size,
      sha256: file.sha256,
      blake3: examination.stored.blake3,
      media_type: file.mediaType,
      origin: 'upload',
      format: inspection.format,
      member_count: inspection.member_count,
      members: membersOf(inspection),
      wheel: inspection.wheel,
      declares: file.declares,
      backend,
      verified_at: now,
    },
  };
  const last = view.package.finalizeRequested && view.counts?.received === 1 && view.counts.refused === 0;
  return last ? [ingested, { type: 'v1.package.finalization_due', payload: { due_at: now } }] : [ingested];
}

/** Only wheelhouses list their members, so other archives pass. */
function assertCriticalWheels(file: FileState, inspection: Inspection, critical: readonly string[]): void {
  if (inspection.members.length === 0) return;
  const held = new Set(inspection.members.flatMap((m) => (m.wheel === null ? [] : [normalized(m.wheel.name)])));
  const missing = critical.filter((name) => !held.has(name));
  if (missing.length === 0) return;
  throw new Refusal(
    'wheelhouse_incomplete',
    `${file.path} holds no wheel of ${missing.join(', ')}, which this archive requires of every wheelhouse.`,
    { missing },
  );
}

/** Project names are compared as the Python packaging user guide says: lower case, runs of -, _ and . as one dash. */
function normalized(project: string): string {
  return project.toLowerCase().replace(/[-_.]+/g, '-');
}

function membersOf(inspection: Inspection): Inspection['members'] | null {
  return inspection.members.length === 0 ? null : inspection.members;
}

function refuseFile(file: FileState, refusal: Refusal, { examination, backend }: IngestFile, { now }: DecisionContext): IngestFacts {
  const refused: FileRefused = {
    type: 'v1.file.refused',
    payload: { file_id: file.fileId, path: file.path, code: refusal.code, detail: refusal.message, refused_at: now },
  };
  if (refusal.code !== 'stored_bytes_differ') return [refused];
  const corrupt: CorruptionDetected = {
    type: 'v1.storage.corruption_detected',
    payload: {
      path: file.path,
      expected_sha256: file.sha256,
      actual_sha256: examination.stored.sha256,
      expected_size: file.size,
      actual_size: examination.stored.size,
      backend,
    },
  };
  return [corrupt, refused];
}
