import {
  assertMay,
  assertOpenFor,
  parseFilePath,
  plusSeconds,
  Refusal,
  type FilePath,
  type Principal,
  type Sha256,
  type UploadSession,
} from '@muniment/domain';
import { mediaTypeFor } from '@muniment/formats';
import { stagingKey, type BlobReader, type DirectStaging, type ResumableStaging } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { Locks } from '../ports/locks.js';
import type { UploadSessions } from '../ports/upload-sessions.js';
import type { PackageStates, PackageViews } from '../ports/views.js';
import { blobLock } from '../hashing/blob-lock.js';
import type { CommitFile, CommittedFile } from './commit-file.js';
import { uploadLock } from './upload-lock.js';

export interface UploadPolicy {
  readonly maxBytes: number;
  readonly expirySeconds: number;
}

export interface OpenUploadRequest {
  readonly caller: Principal;
  /** Fixed by the caller's Idempotency-Key where there is one. */
  readonly sessionId: string;
  readonly packageId: string;
  readonly path: string;
  readonly mediaType: string | null;
  readonly size: number | null;
  readonly declaredSha256: Sha256 | null;
}

export interface OpenedDirect {
  readonly session: UploadSession;
  readonly partSize: number;
  readonly urls: readonly string[];
}

/** Opens resumable sessions, and direct-to-store ones where the store can; content that the repository already holds needs neither. */
export class OpenUpload {
  constructor(
    private readonly states: PackageStates,
    private readonly views: PackageViews,
    private readonly uploads: UploadSessions,
    private readonly store: ResumableStaging & BlobReader & { readonly direct: DirectStaging | null },
    private readonly commitFile: CommitFile,
    private readonly policy: UploadPolicy,
    private readonly clock: Clock,
    private readonly locks: Locks,
  ) {}

  /**
   * A session that a tus client writes to in order. Asking again with the same id gives the same session, also when whoever was asked first was killed before it was
   * recorded. One at a time: a request that stood still must not prepare the store for a session that has bytes by now.
   */
  async resumable(request: OpenUploadRequest): Promise<UploadSession> {
    const { path } = await this.admit(request);
    return this.locks.hold(uploadLock(request.sessionId), async () => {
      const existing = await this.uploads.find(request.sessionId);
      if (existing) {
        assertSameUpload(existing, request, path);
        return existing;
      }
      const { handle } = await this.store.begin(stagingKey(request.sessionId));
      return this.uploads.open(this.session(request, path, 'tus', handle));
    });
  }

  /**
   * The file, at once, when the repository already holds these bytes; else null. Never across repositories: a digest is no proof of possession. The
   * blob's lock is held from the look to the append: a collection that takes the last reference meanwhile finds this one, or is found here.
   */
  async known(request: OpenUploadRequest, traceparent: string | null): Promise<CommittedFile | null> {
    const { path, repository } = await this.admit(request);
    const { declaredSha256, size } = request;
    if (declaredSha256 === null || size === null || path.endsWith('.meta')) return null;
    const holds = (): Promise<unknown> => this.views.repositoryHolds(repository, declaredSha256, size);
    // Most content is new, and then nobody need wait for a lock.
    if (!(await holds())) return null;
    return this.locks.hold(blobLock(declaredSha256), async (under) => {
      if (!(await holds()) || !(await this.stored(declaredSha256, size))) return null;
      return this.commitFile.execute({
        caller: request.caller,
        packageId: request.packageId,
        fileId: request.sessionId,
        path,
        mediaType: request.mediaType ?? mediaTypeFor(path),
        identity: { sha256: declaredSha256, blake3: null, size },
        witness: 'declared',
        stagingKey: null,
        traceparent,
        under,
      });
    });
  }

  /** A blob that the store lost, or cut short, is not known content: the bytes have to come, and so heal it. */
  private async stored(sha256: Sha256, size: number): Promise<boolean> {
    const blob = await this.store.openBlob(sha256);
    blob?.stream.destroy();
    return blob?.size === size;
  }

  /**
   * Presigned part URLs; asked for again, of the same upload, so that what was sent already counts. Refused (`direct_upload_unsupported`) by stores that have none.
   * One at a time: a request that stood still must not put an upload of its own in the place of one that a client was told of.
   */
  async direct(request: OpenUploadRequest & { readonly size: number }): Promise<OpenedDirect> {
    const { path } = await this.admit(request);
    const { direct } = this.store;
    if (!direct) throw new Refusal('direct_upload_unsupported', 'This archive stores files locally; upload with PUT or tus instead.');
    return this.locks.hold(uploadLock(request.sessionId), async () => {
      const existing = await this.uploads.find(request.sessionId);
      if (existing) assertSameUpload(existing, request, path);
      const key = stagingKey(request.sessionId);
      const { handle, partSize, urls } = await direct.beginDirect(
        key,
        request.size,
        this.policy.expirySeconds,
        existing?.storeHandle ?? undefined,
      );
      const session = existing ?? (await this.uploads.open(this.session(request, path, 'direct', handle)));
      // The store lost the upload: from here on the addresses given now are the ones that count.
      if (session.storeHandle !== handle) await this.uploads.progress(session.id, { storeHandle: handle });
      return { session, partSize, urls };
    });
  }

  private async admit(request: OpenUploadRequest): Promise<{ readonly path: FilePath; readonly repository: string }> {
    const path = parseFilePath(request.path);
    const view = await this.states.fileAt(request.packageId, path);
    if (!view) throw new Refusal('package_not_found', `There is no package ${request.packageId}.`);
    const { repository } = view.package.description;
    assertMay(request.caller, 'write', repository);
    assertOpenFor(view, path);
    if (request.size !== null && request.size > this.policy.maxBytes) {
      throw new Refusal('body_too_large', `A file may hold at most ${this.policy.maxBytes} bytes here.`, {
        max_bytes: this.policy.maxBytes,
      });
    }
    return { path, repository };
  }

  private session(request: OpenUploadRequest, path: FilePath, mode: UploadSession['mode'], handle: string | null): UploadSession {
    const now = this.clock.now();
    return {
      id: request.sessionId,
      packageId: request.packageId,
      path,
      mediaType: request.mediaType ?? mediaTypeFor(path),
      mode,
      phase: 'initiated',
      size: request.size,
      offset: 0,
      unprovenFrom: null,
      declaredSha256: request.declaredSha256,
      stagingKey: stagingKey(request.sessionId),
      storeHandle: handle,
      createdBy: request.caller.tokenId,
      createdAt: now,
      expiresAt: plusSeconds(now, this.policy.expirySeconds),
    };
  }
}

/** An Idempotency-Key gives the same session again only for the same upload. */
function assertSameUpload(session: UploadSession, { packageId, size }: OpenUploadRequest, path: FilePath): void {
  const sameSize = size === null || session.size === null || session.size === size;
  if (session.packageId === packageId && session.path === path && sameSize) return;
  throw new Refusal('idempotency_key_reused', 'This Idempotency-Key already opened another upload. Use a new key for a new upload.');
}
