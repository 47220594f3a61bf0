import { isOpen, type UploadPhase, type UploadSession } from '@muniment/domain';
import type { StagingArea } from '../ports/blob-store.js';
import type { Locks } from '../ports/locks.js';
import type { UploadSessions } from '../ports/upload-sessions.js';
import type { PackageStates } from '../ports/views.js';
import { uploadLock } from './upload-lock.js';

/**
 * Ends a session without its file, and its bytes go. Waits for whoever completes it just now; and a session of which the file stands already, because its gateway was
 * killed between the commit and the session's end, is committed and keeps its bytes.
 */
export class GiveUpUpload {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly states: Pick<PackageStates, 'fileById'>,
    private readonly staging: StagingArea,
    private readonly locks: Locks,
  ) {}

  /** Returns the phase in which the session has ended. */
  execute({ id, packageId, stagingKey }: UploadSession, as: 'aborted' | 'expired'): Promise<UploadPhase> {
    return this.locks.hold(uploadLock(id), async () => {
      const session = await this.uploads.find(id);
      if (session !== null && !isOpen(session)) return session.phase;
      const ended = (await this.states.fileById(packageId, id)) === null ? as : 'committed';
      await this.uploads.end(id, ended);
      if (ended !== 'committed') await this.staging.discard(stagingKey);
      return ended;
    });
  }
}
