import { collectAutomatically, deriveDueWork, expireUploads, measureLedger, reapStaging, sweepRetention } from '@muniment/contracts';
import type { Background } from '@muniment/platform';
import type { Keeper } from './open-keeper.js';

/** How often the schedules are put back, should the queue have lost its memory. */
const ensureMs = 30_000;

/** Keeps the tick schedules in the queue. Every replica does, under the same ids, so there is one tick per interval. */
export function ticks({ archive, config, host }: Keeper): Background {
  let timer: NodeJS.Timeout | null = null;
  const ensure = async (): Promise<void> => {
    const { queue } = archive;
    await queue.schedule(expireUploads, config.MUNIMENT_TICK_SECONDS * 1000);
    await queue.schedule(deriveDueWork, config.MUNIMENT_TICK_SECONDS * 1000);
    await queue.schedule(reapStaging, config.MUNIMENT_REAP_SECONDS * 1000);
    await queue.schedule(sweepRetention, config.MUNIMENT_SWEEP_SECONDS * 1000);
    await queue.schedule(measureLedger, config.MUNIMENT_LEDGER_SECONDS * 1000);
    await queue.schedule(collectAutomatically, config.MUNIMENT_SWEEP_SECONDS * 1000);
  };
  const tryEnsure = (): void => {
    ensure().catch((error: unknown) => host.logger.warn({ err: error }, 'schedules could not be kept; trying again'));
  };
  return {
    name: 'ticks',
    start: () => {
      tryEnsure();
      timer = setInterval(tryEnsure, ensureMs);
    },
    stop: () => {
      if (timer) clearInterval(timer);
    },
  };
}
