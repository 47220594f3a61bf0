import {
  assertProven,
  assertReceiving,
  isOpen,
  Refusal,
  type BlobIdentity,
  type FilePath,
  type FileState,
  type Principal,
  type UploadSession,
} from '@muniment/domain';
import { DualDigest } from '@muniment/formats';
import type { ObjectStore } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { Held, Locks } from '../ports/locks.js';
import type { UploadSessions } from '../ports/upload-sessions.js';
import type { PackageStates } from '../ports/views.js';
import { sessionOf } from './append-upload.js';
import type { CommitFile, CommittedFile } from './commit-file.js';
import type { LiveWitnesses } from './live-witnesses.js';
import { assertDeclared } from './put-file.js';
import { uploadLock } from './upload-lock.js';

export interface DirectPart {
  readonly part: number;
  readonly etag: string;
}

/** Who asks, and the session's lock, without which nothing is committed: somebody else would give the session up and its bytes. */
interface Asked {
  readonly caller: Principal;
  readonly traceparent: string | null;
  readonly under: Held;
}

/** Ends an upload session in the same commit as a single PUT. May be repeated after a kill at any point. */
export class CompleteUpload {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly states: PackageStates,
    private readonly store: Pick<ObjectStore, 'complete' | 'openStaged' | 'discard' | 'direct'>,
    private readonly witnesses: LiveWitnesses,
    private readonly commitFile: CommitFile,
    private readonly clock: Clock,
    private readonly locks: Locks,
  ) {}

  /**
   * `parts` for a direct session; empty for a resumable one. One at a time per session: a client that was told nothing yet asks again, perhaps another gateway,
   * and then finds what the first one did.
   */
  execute(sessionId: string, caller: Principal, parts: readonly DirectPart[], traceparent: string | null): Promise<CommittedFile> {
    return this.locks.hold(uploadLock(sessionId), (under) => this.complete(sessionId, { caller, traceparent, under }, parts));
  }

  private async complete(sessionId: string, asked: Asked, parts: readonly DirectPart[]): Promise<CommittedFile> {
    const session = await sessionOf(this.uploads, sessionId, asked.caller);
    const earlier = await this.committedEarlier(session);
    if (earlier) return earlier;
    assertReceiving(session, this.clock.now());
    assertProven(session);
    try {
      return session.mode === 'tus' ? await this.commitResumable(session, asked) : await this.commitDirect(session, asked, parts);
    } catch (error) {
      // A request that cannot be understood says nothing about the bytes: they wait for a better one.
      if (error instanceof Refusal && error.kind !== 'invalid') {
        // In this order: an open session without bytes could tell nobody any more why it came to nothing.
        await this.uploads.end(sessionId, 'aborted');
        await this.store.discard(session.stagingKey);
      }
      throw error;
    }
  }

  /** A file bears its session's id, so a commit whose answer was lost is found again. */
  private async committedEarlier(session: UploadSession): Promise<CommittedFile | null> {
    const own = (await this.states.fileById(session.packageId, session.id))?.file ?? null;
    if (own !== null && isOpen(session)) await this.uploads.end(session.id, 'committed');
    const file = own ?? (session.phase === 'committed' ? await this.foundThere(session) : null);
    if (file === null) return null;
    if (file.phase === 'refused')
      throw new Refusal(file.refusal?.code ?? 'stored_bytes_differ', file.refusal?.detail ?? 'The file was refused.');
    const { path, size, sha256, blake3, phase } = file;
    if (phase === 'released' || phase === 'removed')
      throw new Refusal('file_collected', `${path} was collected after it had been uploaded.`);
    return { path, size, sha256, blake3, state: phase, deduplicated: own === null, created: false };
  }

  /** What a session stands for that was committed without a file of its own: the same bytes stood at its path already. */
  private async foundThere({ packageId, path, size, declaredSha256 }: UploadSession): Promise<FileState | null> {
    const file = (await this.states.fileAt(packageId, path))?.file ?? null;
    const isSame = (size === null || file?.size === size) && (declaredSha256 === null || file?.sha256 === declaredSha256);
    return isSame ? file : null;
  }

  private async commitResumable(session: UploadSession, asked: Asked): Promise<CommittedFile> {
    const { size } = await this.store.complete(session.stagingKey, session.storeHandle);
    const live = session.size === null ? null : this.witnesses.take(session.id, session.size);
    const streamed = live?.size === size && size > 0 ? live.finish() : null;
    const identity = streamed ?? (await this.readBack(session));
    assertDeclared(identity, session.size, session.declaredSha256);
    return this.commitFile.execute({
      ...this.request(session, asked),
      identity,
      witness: streamed ? 'stream' : 'readback',
    });
  }

  private async commitDirect(session: UploadSession, asked: Asked, parts: readonly DirectPart[]): Promise<CommittedFile> {
    const { direct } = this.store;
    if (!direct || session.declaredSha256 === null || session.storeHandle === null || session.size === null) {
      throw new Refusal('direct_upload_unsupported', 'This is not a direct upload session.');
    }
    const { size } = await direct.completeDirect(session.stagingKey, session.storeHandle, parts);
    if (size !== session.size) {
      throw new Refusal('size_mismatch', `The store holds ${size} bytes where ${session.size} were declared.`, {
        declared: session.size,
        received: size,
      });
    }
    return this.commitFile.execute({
      ...this.request(session, asked),
      identity: { sha256: session.declaredSha256, blake3: null, size },
      witness: 'declared',
    });
  }

  private async readBack(session: UploadSession): Promise<BlobIdentity> {
    const opened = await this.store.openStaged(session.stagingKey);
    if (!opened) throw new Error(`staged bytes of upload ${session.id} are gone`);
    const digest = new DualDigest();
    for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) digest.update(chunk);
    return digest.finish();
  }

  private request({ id, packageId, path, mediaType, stagingKey }: UploadSession, asked: Asked) {
    const endSession = () => this.uploads.end(id, 'committed');
    return { ...asked, packageId, fileId: id, path: path as FilePath, mediaType, stagingKey, endSession };
  }
}
