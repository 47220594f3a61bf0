import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type MunimentClient } from '@muniment/client';

/** The log shows an event shortly after it happened; longer than this is worth no one's waiting. */
const patienceMs = 5000;

/** Position of the event that finalized a package; null when this token may not read events or the log is late. */
export async function readSequence(client: MunimentClient, packageId: string): Promise<number | null> {
  try {
    for (const until = Date.now() + patienceMs; ; ) {
      const [event] = await client.eventPage({ subject: packageId, type: 'v1.package.finalized', limit: 1 });
      if (event !== undefined) return event.sequence;
      if (Date.now() >= until) return null;
      await sleep(100);
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return null;
    throw error;
  }
}
