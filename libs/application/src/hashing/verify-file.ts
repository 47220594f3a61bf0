import { Refusal, type FileIngested, type FileState, type FileView, type InspectionLimits } from '@muniment/domain';
import { ingestFile } from '@muniment/domain';
import { planFor } from '@muniment/formats';
import type { BlobPromoter, BlobReader, StagingArea } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Examiner, StoredBytes } from '../ports/examiner.js';
import type { Locks } from '../ports/locks.js';
import type { PackageStates } from '../ports/views.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import { blobLock } from './blob-lock.js';

export interface VerifyFileRequest {
  readonly packageId: string;
  readonly fileId: string;
  readonly traceparent: string | null;
}

export type Verified = 'ingested' | 'refused' | 'already decided';

/**
 * The second witness. Reads the stored bytes once; when declared, received and stored agree, promotes them to their content address and records the
 * file as part of its package; else records why not. Every step may be repeated after a kill.
 */
export class VerifyFile {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly store: BlobReader & StagingArea & BlobPromoter,
    private readonly examiner: Examiner,
    private readonly locks: Locks,
    private readonly limits: InspectionLimits,
    private readonly clock: Clock,
    private readonly criticalWheels: readonly string[] = [],
  ) {}

  async execute({ packageId, fileId, traceparent }: VerifyFileRequest): Promise<Verified> {
    const before = await this.states.fileById(packageId, fileId);
    if (before?.file?.phase !== 'received') return 'already decided';
    const { file } = before;
    const bytes = await this.locate(file);
    const examination = await this.examiner.examine(bytes, planFor(file.path), file.path, this.limits);
    const now = this.clock.now();
    const facts = await this.locks.hold(blobLock(file.sha256), async () => {
      const decided = await decideAndAppend(this.log, {
        packageId,
        attribution: { actor: 'service:hasher', time: now, ...(traceparent === null ? {} : { traceparent }) },
        load: () => this.view(packageId, fileId),
        revisionOf: (view) => view.package.revision,
        decide: (view) =>
          ingestFile(view, { fileId, examination, backend: this.store.backend, criticalWheels: this.criticalWheels }, { now }),
        prepare: async (planned) => {
          const ingested = planned.find((fact): fact is FileIngested => fact.type === 'v1.file.ingested');
          if (ingested && file.stagingKey !== null)
            await this.store.promote(file.stagingKey, ingested.payload.sha256, ingested.payload.size);
        },
      });
      return decided.facts;
    });
    if (file.stagingKey !== null) await this.store.discard(file.stagingKey);
    if (facts.length === 0) return 'already decided';
    return facts.some((fact) => fact.type === 'v1.file.ingested') ? 'ingested' : 'refused';
  }

  private async view(packageId: string, fileId: string): Promise<FileView> {
    const view = await this.states.fileById(packageId, fileId);
    // The path was uploaded again after a refusal, so another file id stands there: nothing to decide for this one any more.
    if (!view) throw new Refusal('file_not_found', `File ${fileId} was replaced by a later upload.`);
    return view;
  }

  /** Staged bytes, or the blob itself: for known content, and when an earlier try was killed after the promotion. */
  private async locate(file: FileState): Promise<StoredBytes> {
    const { stagingKey, sha256 } = file;
    if (stagingKey !== null) {
      const localPath = await this.store.localStaged(stagingKey);
      if (localPath !== null) return { localPath };
      const staged = await this.store.openStaged(stagingKey);
      if (staged) return staged;
    }
    const localPath = await this.store.localBlob(sha256);
    if (localPath !== null) return { localPath };
    const blob = await this.store.openBlob(sha256);
    if (blob) return blob;
    throw new Error(`the object store has no bytes for file ${file.fileId}`);
  }
}
