import { createHash, type Hash } from 'node:crypto';
import { assertOffset, assertReceiving, isOpen, Refusal, type Principal, type UploadSession } from '@muniment/domain';
import type { DualDigest } from '@muniment/formats';
import { BytesMissing, type ResumableStaging } from '../ports/blob-store.js';
import type { Clock } from '../ports/clock.js';
import type { Locks } from '../ports/locks.js';
import type { UploadSessions } from '../ports/upload-sessions.js';
import type { LiveWitnesses } from './live-witnesses.js';
import { uploadLock } from './upload-lock.js';

/** Digest of one PATCH body, as the tus checksum extension sends it. */
export interface BodyChecksum {
  readonly algorithm: 'sha1' | 'sha256' | 'md5';
  readonly digest: Uint8Array;
}

export interface AppendUploadRequest {
  readonly caller: Principal;
  readonly sessionId: string;
  readonly offset: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly checksum: BodyChecksum | null;
}

/** Finds a session for its owner: nobody else learns that it exists (`upload_not_found`). */
export async function sessionOf(uploads: UploadSessions, sessionId: string, caller: Principal): Promise<UploadSession> {
  const session = await uploads.find(sessionId);
  if (session?.createdBy !== caller.tokenId) throw new Refusal('upload_not_found', 'There is no such upload session.');
  return session;
}

/** Continues a resumable upload. What was durably stored before a break stays; the store, not the database, knows how much that is. */
export class AppendUpload {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly staging: ResumableStaging,
    private readonly witnesses: LiveWitnesses,
    private readonly clock: Clock,
    private readonly locks: Locks,
  ) {}

  /** The session with its true offset, asked from the store while the session is open. What was never proven is forgotten first: who received it was killed. */
  async status(sessionId: string, caller: Principal): Promise<UploadSession> {
    const session = await sessionOf(this.uploads, sessionId, caller);
    if (!isOpen(session) || session.mode !== 'tus') return session;
    try {
      const offset = await this.staging.position(session.stagingKey, session.storeHandle);
      if (session.unprovenFrom === null) return { ...session, offset };
      await this.forget(session, session.unprovenFrom, offset);
      return { ...session, offset: session.unprovenFrom, unprovenFrom: null };
    } catch (error) {
      if (!(error instanceof BytesMissing)) throw error;
      // Another request may be completing the upload, and a hasher have its bytes already: what became of it shows when that request is done.
      const now = await this.locks.hold(uploadLock(sessionId), () => sessionOf(this.uploads, sessionId, caller));
      if (isOpen(now)) throw error;
      return now;
    }
  }

  /** Appends and returns the new durable offset. */
  async execute({ caller, sessionId, offset, body, checksum }: AppendUploadRequest): Promise<number> {
    const session = await this.status(sessionId, caller);
    assertReceiving(session, this.clock.now());
    assertOffset(session, offset);
    const digest = this.witnesses.take(sessionId, offset);
    const hash = checksum ? createHash(checksum.algorithm) : null;
    const { stagingKey, storeHandle } = session;
    // The bytes are durable before their checksum is known: until then they must not count, whoever looks.
    if (checksum) await this.uploads.progress(sessionId, { unprovenFrom: offset });
    const appended = await this.staging.appendStaged(stagingKey, storeHandle, offset, tapped(body, digest, hash));
    if (checksum && hash && Buffer.compare(hash.digest(), checksum.digest) !== 0) {
      await this.forget(session, offset, appended.offset);
      throw new Refusal('upload_checksum_mismatch', `The part does not have the checksum it was sent with. Send it again from ${offset}.`, {
        offset,
      });
    }
    if (digest) this.witnesses.put(sessionId, digest);
    const complete = appended.offset === session.size;
    const proven = checksum ? { unprovenFrom: null } : {};
    await this.uploads.progress(sessionId, { offset: appended.offset, phase: complete ? 'pending_commit' : 'receiving', ...proven });
    return appended.offset;
  }

  private async forget({ id, stagingKey, storeHandle }: UploadSession, from: number, held: number): Promise<void> {
    if (held > from) await this.staging.truncate(stagingKey, storeHandle, from);
    await this.uploads.progress(id, { unprovenFrom: null });
  }
}

async function* tapped(body: AsyncIterable<Uint8Array>, digest: DualDigest | null, hash: Hash | null): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    digest?.update(chunk);
    hash?.update(chunk);
    yield chunk;
  }
}
