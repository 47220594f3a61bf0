import { archiveConfig, archiveProbes, collectionConfig, logPumpLoop } from '@muniment/assembly';
import type { ServiceDefinition } from '@muniment/platform';
import { gatewayConfig } from './config.js';
import { GatewayModule } from './gateway.module.js';
import { openGateway, type Gateway } from './open-gateway.js';
import { configureHttp } from './http/configure-http.js';
import { gatewayToken } from './tokens.js';

const config = { ...archiveConfig, ...collectionConfig, ...gatewayConfig };

/** The HTTP edge: ingest, reading, events, tokens. */
export const gateway: ServiceDefinition<typeof config> = {
  name: 'gateway',
  config,
  module: async (parsed, host) => GatewayModule.with(await openGateway(parsed, host)),
  http: { port: (parsed) => parsed.MUNIMENT_PORT, configure: configureHttp },
  probes: (app) => archiveProbes(app.get<Gateway>(gatewayToken).archive),
  background: (app) => [logPumpLoop(app.get<Gateway>(gatewayToken).archive)],
};
