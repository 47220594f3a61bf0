import { archiveConfig, archiveProbes, drainMs, logPumpLoop, queueObserver } from '@muniment/assembly';
import type { ServiceDefinition } from '@muniment/platform';
import { createTransport } from '@muniment/queue';
import { signerConfig } from './config.js';
import { openSigner, type Signer } from './open-signer.js';
import { SignerModule } from './signer.module.js';
import { signerToken } from './tokens.js';
import { watchKeys } from './watch-keys.js';

const config = { ...archiveConfig, ...signerConfig };

/** The only holder of keys: signs what the archive states about packages, their files, and the checkpoints of the log. */
export const signer: ServiceDefinition<typeof config> = {
  name: 'signer',
  config,
  module: async (parsed, host) => SignerModule.with(await openSigner(parsed, host)),
  lanes: ['signing'],
  transport: (parsed, _, host) =>
    createTransport(parsed, ['signing'], { drainMs: drainMs(parsed.MUNIMENT_DRAIN_SECONDS), observer: queueObserver(host) }),
  probes: (app) => archiveProbes(app.get<Signer>(signerToken).archive),
  background: (app) => {
    const opened = app.get<Signer>(signerToken);
    return [logPumpLoop(opened.archive), watchKeys(opened), ...opened.logLoops];
  },
};
