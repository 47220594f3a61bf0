import { isOpen, type Principal } from '@muniment/domain';
import type { StagingArea } from '../ports/blob-store.js';
import type { UploadSessions } from '../ports/upload-sessions.js';
import { sessionOf } from './append-upload.js';

/** The client gives up: the session ends and its bytes go. Repeating it is fine; a committed upload stays. */
export class AbortUpload {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly staging: StagingArea,
  ) {}

  async execute(sessionId: string, caller: Principal): Promise<void> {
    const session = await sessionOf(this.uploads, sessionId, caller);
    if (!isOpen(session)) return;
    await this.uploads.end(sessionId, 'aborted');
    await this.staging.discard(session.stagingKey);
  }
}
