import { archiveConfig, archiveProbes, drainMs, logPumpLoop, queueObserver } from '@muniment/assembly';
import type { ServiceDefinition } from '@muniment/platform';
import { createTransport } from '@muniment/queue';
import { hasherConfig } from './config.js';
import { HasherModule } from './hasher.module.js';
import { openHasher, type Hasher } from './open-hasher.js';
import { hasherToken } from './tokens.js';

const config = { ...archiveConfig, ...hasherConfig };

/** The second witness: verifies received files and finalizes packages. Start as many as there is work for. */
export const hasher: ServiceDefinition<typeof config> = {
  name: 'hasher',
  config,
  module: async (parsed, host) => HasherModule.with(await openHasher(parsed, host)),
  lanes: ['hashing', 'pipeline'],
  transport: (parsed, _, host) =>
    createTransport(parsed, ['hashing', 'pipeline'], {
      concurrency: { hashing: parsed.MUNIMENT_HASHER_THREADS },
      drainMs: drainMs(parsed.MUNIMENT_DRAIN_SECONDS),
      observer: queueObserver(host),
    }),
  probes: (app) => archiveProbes(app.get<Hasher>(hasherToken).archive),
  background: (app) => [logPumpLoop(app.get<Hasher>(hasherToken).archive)],
};
