import {
  giveUpMissing,
  ingestedOverlooks,
  ingestFile,
  Refusal,
  type Attribution,
  type FileIngested,
  type FileState,
  type FileView,
  type InspectionLimits,
  type Instant,
} from '@muniment/domain';
import { planFor } from '@muniment/formats';
import { BytesMissing, type BlobPromoter, type BlobReader, type StagingArea, type StoreProbe } from '../ports/blob-store.js';
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
  /** No try follows this one. Bytes that are missing even now are given up: the file is refused, so that it can be sent again. */
  readonly lastTry: boolean;
}

export type Verified = 'ingested' | 'refused' | 'missing' | 'already decided';

/**
 * The second witness. Reads the stored bytes once; when declared, received and stored agree, promotes them to their content address and records the
 * file as part of its package; else records why not. Every step may be repeated after a kill.
 */
export class VerifyFile {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly store: BlobReader & StagingArea & BlobPromoter,
    /** Asks whether the store works and is the archive's own. */
    private readonly probe: StoreProbe,
    private readonly examiner: Examiner,
    private readonly locks: Locks,
    private readonly limits: InspectionLimits,
    private readonly clock: Clock,
    private readonly criticalWheels: readonly string[] = [],
  ) {}

  async execute(request: VerifyFileRequest): Promise<Verified> {
    const { packageId, fileId } = request;
    const before = await this.states.fileById(packageId, fileId);
    if (before?.file?.phase !== 'received') return 'already decided';
    const { file } = before;
    const bytes = await this.locate(file);
    if (bytes === null) return this.giveUp(file, request);
    const examination = await this.examiner.examine(bytes, planFor(file.path), file.path, this.limits);
    const now = this.clock.now();
    const facts = await this.locks.hold(blobLock(file.sha256), async () => {
      const decided = await decideAndAppend(this.log, {
        packageId,
        attribution: attribution(now, request),
        load: () => this.view(packageId, file),
        revisionOf: (view) => view.package.revision,
        overlooks: ingestedOverlooks,
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

  private async view(packageId: string, { path, fileId }: FileState): Promise<FileView> {
    const view = await this.states.fileAt(packageId, path);
    // The path was uploaded again after a refusal, so another file id stands there: nothing to decide for this one any more.
    if (view?.file?.fileId !== fileId) throw new Refusal('file_not_found', `File ${fileId} was replaced by a later upload.`);
    return view;
  }

  /**
   * A store may be slow to show what it has, so every try but the last one fails. The last one looks once more, while nobody can promote these bytes,
   * and makes sure before and after that the store works and is the archive's own: neither an outage nor a volume that went away is taken for a loss.
   */
  private async giveUp(file: FileState, request: VerifyFileRequest): Promise<Verified> {
    const { packageId, lastTry } = request;
    const { fileId } = file;
    const missing = new BytesMissing(`the object store has no bytes for file ${fileId}`);
    if (!lastTry) throw missing;
    await this.probe.check();
    const now = this.clock.now();
    const { facts } = await this.locks.hold(blobLock(file.sha256), async (under) => {
      const found = await this.locate(file);
      if (found !== null && 'stream' in found) found.stream.destroy();
      if (found !== null) throw missing;
      await this.probe.check();
      return decideAndAppend(this.log, {
        packageId,
        attribution: attribution(now, request),
        under,
        load: () => this.view(packageId, file),
        revisionOf: (view) => view.package.revision,
        decide: (view) => giveUpMissing(view, { fileId, backend: this.store.backend }, { now }),
      });
    });
    return facts.length === 0 ? 'already decided' : 'missing';
  }

  /** Staged bytes, or the blob itself: for known content, and when an earlier try was killed after the promotion. Null when the store has neither. */
  private async locate(file: FileState): Promise<StoredBytes | null> {
    const { stagingKey, sha256 } = file;
    if (stagingKey !== null) {
      const localPath = await this.store.localStaged(stagingKey);
      if (localPath !== null) return { localPath };
      const staged = await this.store.openStaged(stagingKey);
      if (staged) return staged;
    }
    const localPath = await this.store.localBlob(sha256);
    if (localPath !== null) return { localPath };
    return this.store.openBlob(sha256);
  }
}

function attribution(time: Instant, { traceparent }: VerifyFileRequest): Attribution {
  return { actor: 'service:hasher', time, ...(traceparent === null ? {} : { traceparent }) };
}
