import {
  actorOf,
  assertMay,
  giveUpMissing,
  isMetaPath,
  receivedOverlooks,
  receiveFile,
  Refusal,
  type ClaimedIdentity,
  type FilePath,
  type FileView,
  type InspectionLimits,
  type MetaDeclaration,
  type Principal,
  type Witness,
} from '@muniment/domain';
import { declarationOf, parseMeta } from '@muniment/formats';
import type { StagingArea } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Held, Locks } from '../ports/locks.js';
import type { PackageStates } from '../ports/views.js';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import { neverOrphanedMs, stagingLock } from './staging-lock.js';

export interface CommitFileRequest {
  readonly caller: Principal;
  readonly packageId: string;
  readonly fileId: string;
  readonly path: FilePath;
  readonly mediaType: string;
  readonly identity: ClaimedIdentity;
  readonly witness: Witness;
  /** Null when the archive already holds the content. */
  readonly stagingKey: string | null;
  /** When all bytes were there, in milliseconds by this machine's time. Absent: an open session needs them until they are committed. */
  readonly stagedAt?: number;
  /**
   * Ends the session whose bytes these are, once the file stands and before bytes that nothing needs are given up: an open one without bytes could tell nobody any
   * more what became of it. After a refusal session and bytes stay with whoever completes it.
   */
  readonly endSession?: () => Promise<void>;
  /** What the caller read a moment ago, to save the first look. Should somebody have appended since, the append notices and a new look is taken. */
  readonly view?: FileView;
  readonly traceparent: string | null;
  /** Locks that keep others from removing what the file stands on. */
  readonly under?: Held;
}

export interface CommittedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly blake3: string | null;
  readonly state: 'received' | 'ingested';
  /** True when these bytes already stood at that path, or were already held. */
  readonly deduplicated: boolean;
  readonly created: boolean;
}

/** The one commit that every way of uploading ends in: staged bytes become a received file, or are given up. */
export class CommitFile {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly staging: StagingArea,
    private readonly limits: InspectionLimits,
    private readonly clock: Clock,
    private readonly locks: Locks,
  ) {}

  /** Owns the staged bytes from here on, unless a session does: whatever goes wrong, they do not stay without an event that needs them. */
  async execute(request: CommitFileRequest): Promise<CommittedFile> {
    try {
      const { committed, neededKey } = await this.commit(request);
      await request.endSession?.();
      // Two commits of one session may race: the bytes that the recorded file stands on stay.
      if (request.stagingKey !== neededKey) await this.giveUp(request.stagingKey);
      else if (committed.created) await this.assertKept(request);
      return committed;
    } catch (error) {
      // Only a refusal is final and proves that nothing was recorded. A push-back may be tried again with the same staged bytes; after a lost connection the append
      // may have happened. The reaper decides then.
      if (error instanceof Refusal && request.endSession === undefined) await this.giveUp(request.stagingKey);
      throw error;
    }
  }

  private async commit(request: CommitFileRequest): Promise<{ readonly committed: CommittedFile; readonly neededKey: string | null }> {
    const { caller, packageId, fileId, path, mediaType, identity, witness, stagingKey, traceparent } = request;
    const declares = await this.declarationIn(request);
    const now = this.clock.now();
    const decided = await decideAndAppend(this.log, {
      packageId,
      attribution: { actor: actorOf(caller), time: now, ...(traceparent === null ? {} : { traceparent }) },
      under: request.under,
      known: request.view,
      load: () => this.view(packageId, path, caller),
      revisionOf: (view) => view.package.revision,
      overlooks: () => receivedOverlooks,
      decide: (view) => receiveFile(view, { ...identity, fileId, path, mediaType, witness, stagingKey, declares }, { now }),
    });
    const created = decided.facts.length > 0;
    const existing = created ? null : decided.view.file;
    const committed: CommittedFile = {
      path,
      size: identity.size,
      sha256: identity.sha256,
      blake3: existing?.blake3 ?? identity.blake3,
      state: existing?.phase === 'ingested' ? 'ingested' : 'received',
      deduplicated: !created || stagingKey === null,
      created,
    };
    return { committed, neededKey: existing ? existing.stagingKey : stagingKey };
  }

  /**
   * A process that stood still with its bytes for long may have recorded a file whose bytes went as an orphan meanwhile. Such a file is given up at once and never
   * acknowledged, so that it can be sent again.
   */
  private async assertKept({ caller, packageId, path, fileId, stagingKey, stagedAt, traceparent }: CommitFileRequest): Promise<void> {
    if (stagingKey === null || stagedAt === undefined || Date.now() - stagedAt < neverOrphanedMs) return;
    await this.locks.hold(stagingLock(stagingKey), async () => {
      const opened = await this.staging.openStaged(stagingKey);
      opened?.stream.destroy();
      if (opened !== null) return;
      const now = this.clock.now();
      const { facts } = await decideAndAppend(this.log, {
        packageId,
        attribution: { actor: actorOf(caller), time: now, ...(traceparent === null ? {} : { traceparent }) },
        load: () => this.view(packageId, path, caller),
        revisionOf: (view) => view.package.revision,
        decide: (view) => giveUpMissing(view, { fileId, backend: this.staging.backend }, { now }),
      });
      // None: it was verified in the meantime, and its staged bytes were not needed any more.
      if (facts.length > 0)
        throw new Refusal('stored_bytes_missing', `The bytes of ${path} were given up before they were recorded. Upload the file again.`);
    });
  }

  private async view(packageId: string, path: string, caller: Principal): Promise<FileView> {
    const view = await this.states.fileAt(packageId, path);
    if (!view) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
    assertMay(caller, 'write', view.package.description.repository);
    return view;
  }

  /** A `.meta` record is small: it is read back and parsed before it is accepted, so that a disagreement is refused at once. */
  private async declarationIn({ path, stagingKey, identity }: CommitFileRequest): Promise<MetaDeclaration | null> {
    if (!isMetaPath(path) || stagingKey === null) return null;
    if (identity.size > this.limits.maxMetaBytes) {
      throw new Refusal('meta_malformed', `A .meta record holds at most ${this.limits.maxMetaBytes} bytes.`, { size: identity.size });
    }
    const opened = await this.staging.openStaged(stagingKey);
    if (!opened) throw new Error(`staged bytes of ${stagingKey} are gone before their commit`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return declarationOf(parseMeta(Buffer.concat(chunks), this.limits.maxMetaBytes));
  }

  private async giveUp(stagingKey: string | null): Promise<void> {
    if (stagingKey !== null) await this.staging.discard(stagingKey);
  }
}
