import { Controller, Inject } from '@nestjs/common';
import { systemClock } from '@muniment/assembly';
import { deriveDueWork, expireUploads, reapStaging } from '@muniment/contracts';
import { plusSeconds } from '@muniment/domain';
import { metrics } from '@muniment/platform';
import { HandleJob } from '@muniment/queue';
import type { Keeper } from '../open-keeper.js';
import { keeperToken } from '../tokens.js';

/** Recorded answers of Idempotency-Keys are kept for a day. */
const keySeconds = 86_400;

const expired = metrics.counter('muniment_upload_session_expired_total', {
  description: 'Upload sessions that ran out of time',
  labels: {},
});
const reaped = metrics.counter('muniment_orphans_reaped_total', {
  description: 'Leftovers removed from the object store',
  labels: { kind: ['staged', 'blob'] },
});
const derived = metrics.counter('muniment_jobs_derived_total', {
  description: 'Jobs added again because their work was overdue',
  labels: {},
});

@Controller()
export class TicksHandler {
  constructor(@Inject(keeperToken) private readonly keeper: Keeper) {}

  @HandleJob(expireUploads)
  async expire(): Promise<void> {
    expired.add(await this.keeper.expireUploads.execute(), {});
    await this.keeper.idempotency.forget(plusSeconds(systemClock.now(), -keySeconds));
  }

  @HandleJob(reapStaging)
  async reap(): Promise<void> {
    const { staged, blobs } = await this.keeper.reapOrphans.execute(
      new Date(Date.now() - this.keeper.config.MUNIMENT_REAPER_AGE_SECONDS * 1000),
    );
    reaped.add(staged, { kind: 'staged' });
    reaped.add(blobs, { kind: 'blob' });
    await this.keeper.collector.settleLeftovers();
  }

  /** Only work that is overdue by a tick: what is fresh is on its way already. */
  @HandleJob(deriveDueWork)
  async derive(): Promise<void> {
    const olderThan = this.keeper.archive.clock.waitedSince(this.keeper.config.MUNIMENT_TICK_SECONDS);
    derived.add(await this.keeper.deriveDueWork.execute(olderThan), {});
  }
}
