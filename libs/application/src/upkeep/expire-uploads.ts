import { plusSeconds } from '@muniment/domain';
import type { GiveUpUpload } from '../ingest/give-up-upload.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { UploadSessions } from '../ports/upload-sessions.js';

const batch = 200;
const leaseSeconds = 60;

/** Ends upload sessions that ran out of time and gives up their bytes. A session that is being written to right now is left for the next tick. */
export class ExpireUploads {
  constructor(
    private readonly uploads: UploadSessions,
    private readonly giveUp: GiveUpUpload,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Returns how many sessions it ended. */
  async execute(): Promise<number> {
    const now = this.clock.now();
    const owner = this.ids.next();
    let ended = 0;
    for (const session of await this.uploads.overdue(now, batch)) {
      if (!(await this.uploads.lease(session.id, owner, now, plusSeconds(now, leaseSeconds)))) continue;
      await this.giveUp.execute(session, 'expired');
      ended++;
    }
    return ended;
  }
}
