import { archiveConfig, archiveProbes, collectionConfig, drainMs, logPumpLoop, queueObserver } from '@muniment/assembly';
import type { LaneName } from '@muniment/contracts';
import type { ServiceDefinition } from '@muniment/platform';
import { createTransport } from '@muniment/queue';
import { retentionConfig } from './config.js';
import { openKeeper, type Keeper } from './open-keeper.js';
import { RetentionModule } from './retention.module.js';
import { ticks } from './ticks.js';
import { keeperToken } from './tokens.js';

const config = { ...archiveConfig, ...collectionConfig, ...retentionConfig };

const lanes: readonly LaneName[] = ['schedule', 'retention', 'collection'];

/** Owns time: sweeps, collections, sequencing backstop, due work, session expiry, leftovers. Any number of replicas, one effect per tick. */
export const retention: ServiceDefinition<typeof config> = {
  name: 'retention',
  config,
  check: ({ MUNIMENT_REAPER_AGE_SECONDS: age, MUNIMENT_TICK_SECONDS: tick }) =>
    age < tick ? ['MUNIMENT_REAPER_AGE_SECONDS must not be shorter than MUNIMENT_TICK_SECONDS'] : [],
  module: async (parsed, host) => RetentionModule.with(await openKeeper(parsed, host)),
  lanes,
  transport: (parsed, _, host) =>
    createTransport(parsed, lanes, { drainMs: drainMs(parsed.MUNIMENT_DRAIN_SECONDS), observer: queueObserver(host) }),
  probes: (app) => archiveProbes(app.get<Keeper>(keeperToken).archive),
  background: (app) => {
    const keeper = app.get<Keeper>(keeperToken);
    return [logPumpLoop(keeper.archive), ticks(keeper)];
  },
};
