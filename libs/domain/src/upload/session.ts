import { Refusal } from '../errors.js';
import type { Sha256 } from '../digest.js';
import type { Instant } from '../instant.js';

/** `receiving` may go on; `pending_commit` has all its bytes; the others are ends. */
export type UploadPhase = 'initiated' | 'receiving' | 'pending_commit' | 'committed' | 'aborted' | 'expired';

/** A resumable transfer of one file into a package. Operational state, not a view: it ends in the same commit as a single PUT. */
export interface UploadSession {
  readonly id: string;
  readonly packageId: string;
  readonly path: string;
  readonly mediaType: string;
  readonly mode: 'tus' | 'direct';
  readonly phase: UploadPhase;
  /** Total length in bytes; `null` until a tus client that deferred it says so. */
  readonly size: number | null;
  readonly offset: number;
  /** Bytes from here on were sent with a checksum that nobody has compared yet; null when there are none. */
  readonly unprovenFrom: number | null;
  readonly declaredSha256: Sha256 | null;
  readonly stagingKey: string;
  /** Multipart handle of the store, where the store needs one. */
  readonly storeHandle: string | null;
  /** Id of the token that opened it; no other may go on with it. Names of tokens are not unique. */
  readonly createdBy: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

const open: readonly UploadPhase[] = ['initiated', 'receiving', 'pending_commit'];

/** True while the session can still end in a commit. */
export function isOpen(session: UploadSession): boolean {
  return open.includes(session.phase);
}

/** Refuses a session that was committed (`upload_not_open`), that its client gave up or whose bytes were refused (`upload_given_up`), or that ran out of time (`upload_expired`). */
export function assertReceiving(session: UploadSession, now: Instant): void {
  if (session.phase === 'expired' || (isOpen(session) && session.expiresAt <= now)) {
    throw new Refusal('upload_expired', 'This upload session has expired. Start a new one.');
  }
  if (session.phase === 'aborted') throw new Refusal('upload_given_up', 'This upload was given up or refused. Start a new one.');
  if (!isOpen(session)) throw new Refusal('upload_not_open', `This upload session is ${session.phase}.`);
}

/** Refuses to commit bytes whose checksum was not compared, because whoever received them was killed, or is still at it (`upload_offset_mismatch`). */
export function assertProven({ unprovenFrom }: UploadSession): void {
  if (unprovenFrom === null) return;
  const how = 'Ask HEAD for the offset and resume there.';
  throw new Refusal('upload_offset_mismatch', `The bytes from ${unprovenFrom} on were never proven. ${how}`, { offset: unprovenFrom });
}

/** Refuses bytes for another offset than the one reached (`upload_offset_mismatch`; tus 1.0 answers 409). */
export function assertOffset(session: UploadSession, offset: number): void {
  if (offset !== session.offset) {
    throw new Refusal('upload_offset_mismatch', `The upload stands at ${session.offset}. Ask HEAD for the offset and resume there.`, {
      offset: session.offset,
    });
  }
}
