import { Refusal, type Principal } from '@muniment/domain';
import type { UploadSessions } from '../ports/upload-sessions.js';
import { sessionOf } from './append-upload.js';
import type { GiveUpUpload } from './give-up-upload.js';

/** The client gives up. Repeating it is fine; a committed upload stays, and its client is told (`upload_not_open`). */
export class AbortUpload {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly giveUp: GiveUpUpload,
  ) {}

  async execute(sessionId: string, caller: Principal): Promise<void> {
    const session = await sessionOf(this.uploads, sessionId, caller);
    if ((await this.giveUp.execute(session, 'aborted')) !== 'committed') return;
    throw new Refusal('upload_not_open', `This upload is committed: ${session.path} stands in its package.`);
  }
}
