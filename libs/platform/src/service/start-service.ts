import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { Server } from 'node:http';
import { parseConfig, type ConfigShape, type Environment } from '../config/parse-config.js';
import { ErrorFilter } from '../errors/error-filter.js';
import { createAdminServer } from '../health/admin-server.js';
import { answerHealth } from '../health/health-routes.js';
import { Readiness } from '../health/readiness.js';
import { closeServer } from '../http/close-server.js';
import { HttpAdapter } from '../http/http-adapter.js';
import { listen } from '../http/listen.js';
import { createLogger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import { observeRequests } from '../telemetry/observe-requests.js';
import { measureRuntime } from '../telemetry/runtime-metrics.js';
import { currentTelemetry } from '../telemetry/sdk.js';
import { Closing } from './closing.js';
import type { Background, ServiceConfig, ServiceDefinition, ServiceHost } from './definition.js';
import { Intake } from './intake.js';
import { programVersion } from './program-version.js';
import { stopOnce } from './stop-once.js';

export interface RunningService {
  readonly app: NestExpressApplication;
  readonly logger: ServiceHost['logger'];
  readonly adminPort: number;
  /** Port of the public HTTP server; null for a service without one. */
  readonly port: number | null;
  /** Drains and closes everything; the same promise every time. Answers whether all ended well. */
  stop(): Promise<boolean>;
}

/** What has been built so far, while it is being built. */
interface Assembly<Shape extends ConfigShape> {
  readonly definition: ServiceDefinition<Shape>;
  readonly config: ServiceConfig<Shape>;
  readonly host: ServiceHost;
  readonly readiness: Readiness;
  readonly intake: Intake;
}

/** A socket that is silent for so long, in either direction, is cut. Uploads may take hours, but not pause for minutes. */
const idleSocketMs = 300_000;
/** Longer than the idle time of usual load balancers, which would else reuse a connection that we are closing. */
const keepAliveMs = 75_000;

/** Starts a service without touching the process (signals, exit): what {@link runService} and the boot tests share. */
export async function startService<Shape extends ConfigShape>(
  definition: ServiceDefinition<Shape>,
  env: Environment,
): Promise<RunningService> {
  const config = parseConfig(definition.config, env, definition.check);
  const logger = createLogger(definition.name, config.MUNIMENT_LOG_LEVEL);
  const draining = new AbortController();
  const closing = new Closing(logger);
  const host: ServiceHost = { name: definition.name, version: programVersion(), logger, draining: draining.signal, closing };
  const readiness = new Readiness();
  const intake = new Intake(logger);
  logger.info({ config }, 'starting');
  if (currentTelemetry() === undefined) logger.warn('started without the telemetry preload: no metrics, no traces');

  const stop = stopOnce(async () => {
    logger.info('draining');
    readiness.enter('draining');
    draining.abort();
    await intake.stop(config.MUNIMENT_DRAIN_SECONDS * 1000);
    return closing.closeAll();
  });
  try {
    const admin = createAdminServer(readiness);
    const adminPort = await listen(admin, config.MUNIMENT_ADMIN_PORT, config.MUNIMENT_HOST, 'MUNIMENT_ADMIN_PORT');
    closing.add('admin port', admin, (server) => closeServer(server, AbortSignal.timeout(1_000)));
    closing.add('runtime metrics', measureRuntime(host.name, host.version), (end) => {
      end();
    });
    const { app, port } = await assemble({ definition, config, host, readiness, intake });
    readiness.enter('running');
    logger.info({ adminPort, port }, 'ready');
    return { app, logger, adminPort, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble<Shape extends ConfigShape>(parts: Assembly<Shape>): Promise<{ app: NestExpressApplication; port: number | null }> {
  const { definition, config, host, readiness, intake } = parts;
  const app = await NestFactory.create<NestExpressApplication>(await definition.module(config, host), new HttpAdapter(), {
    bodyParser: false,
    logger: new NestLogger(host.logger),
    abortOnError: false,
  });
  // Hooks of providers run last of what the service closes: adapters registered earlier are closed after them.
  host.closing.add('application', app, (opened) => opened.close());
  app.useGlobalFilters(new ErrorFilter(host.logger));
  if (definition.http !== undefined) {
    prepareHttp(app, readiness);
    await definition.http.configure?.(app, config, host);
  }
  const transport = await connectTransport(parts, app);
  await app.init();
  host.closing.add('readiness', readiness.watch(definition.probes?.(app) ?? []), (end) => {
    end();
  });
  for (const loop of definition.background?.(app) ?? []) await begin(loop, intake);
  if (transport !== null) {
    intake.add('lanes', () => transport.close());
    await app.startAllMicroservices();
  }
  return { app, port: definition.http === undefined ? null : await openHttp(parts, app) };
}

async function begin(loop: Background, intake: Intake): Promise<void> {
  intake.add(loop.name, () => loop.stop());
  await loop.start();
}

async function connectTransport<Shape extends ConfigShape>(
  { definition, config, host }: Assembly<Shape>,
  app: NestExpressApplication,
): Promise<CustomTransportStrategy | null> {
  const lanes = definition.lanes ?? [];
  if (definition.transport === undefined && lanes.length === 0) return null;
  if (definition.transport === undefined || lanes.length === 0) throw new Error('a service needs both lanes and transport, or neither');
  const strategy = await definition.transport(config, app, host);
  // Drain closes it, then Nest does so again: the second time must be harmless.
  strategy.close = stopOnce(strategy.close.bind(strategy));
  // Without inheritAppConfig the error filter would not see job handlers.
  app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  return strategy;
}

function prepareHttp(app: NestExpressApplication, readiness: Readiness): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((request: Parameters<typeof answerHealth>[1], response: Parameters<typeof answerHealth>[2], next: () => void) => {
    if (!answerHealth(readiness, request, response)) next();
  });
  // After the probes, which are asked every few seconds and tell nobody anything.
  app.use(observeRequests());
  const server: Server = app.getHttpServer();
  // The default of five minutes per request would cut every long upload.
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  server.setTimeout(idleSocketMs);
}

async function openHttp<Shape extends ConfigShape>(
  { definition, config, intake }: Assembly<Shape>,
  app: NestExpressApplication,
): Promise<number | null> {
  if (definition.http === undefined) return null;
  const server: Server = app.getHttpServer();
  const address = definition.http.host?.(config) ?? config.MUNIMENT_HOST;
  const port = await listen(server, definition.http.port(config), address, 'MUNIMENT_PORT');
  intake.add('http', (deadline) => closeServer(server, deadline));
  return port;
}
