import { archiveConfig, archiveProbes, logPumpLoop } from '@muniment/assembly';
import type { ServiceDefinition } from '@muniment/platform';
import { signerConfig } from './config.js';
import { openSigner, type Signer } from './open-signer.js';
import { SignerModule } from './signer.module.js';
import { signerToken } from './tokens.js';

const config = { ...archiveConfig, ...signerConfig };

/** The only holder of keys: signs what the archive states about packages, their files, and the checkpoints of the log. */
export const signer: ServiceDefinition<typeof config> = {
  name: 'signer',
  config,
  module: async (parsed, host) => SignerModule.with(await openSigner(parsed, host)),
  probes: (app) => archiveProbes(app.get<Signer>(signerToken).archive),
  background: (app) => {
    const { archive, logLoops } = app.get<Signer>(signerToken);
    return [logPumpLoop(archive), ...logLoops];
  },
};
