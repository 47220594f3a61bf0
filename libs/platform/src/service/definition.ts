import type { DynamicModule, Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { LaneName } from '@muniment/contracts';
import type { ConfigOf, ConfigShape, PlatformConfig } from '../config/parse-config.js';
import type { Probe } from '../health/probe.js';
import type { Logger } from '../logging/logger.js';
import type { Closing } from './closing.js';

export type ServiceConfig<Shape extends ConfigShape> = ConfigOf<Shape> & PlatformConfig;

/** What the platform lends to a service's parts. */
export interface ServiceHost {
  readonly name: string;
  readonly version: string;
  readonly logger: Logger;
  /** Aborted when the service begins to drain: endless answers (event streams) and loops end on it. */
  readonly draining: AbortSignal;
  /** Where adapters say how they are closed: `closing.add('postgres', await open(), (pool) => pool.end())`. Last added, first closed. */
  readonly closing: Closing;
}

/** A loop beside requests and jobs (sequencer, relay). */
export interface Background {
  readonly name: string;
  /** Begins to work and returns. */
  start(): void | Promise<void>;
  /** Resolves when the step that was running has ended. */
  stop(): void | Promise<void>;
}

export interface HttpDefinition<Config> {
  readonly port: (config: Config) => number;
  /** Absent: MUNIMENT_HOST. */
  readonly host?: (config: Config) => string;
  /** Middleware, OpenAPI, pipes. Bodies are raw streams: nothing has parsed them. */
  readonly configure?: (app: NestExpressApplication, config: Config, host: ServiceHost) => void | Promise<void>;
}

/** A whole service. See README.md for the order in which the parts are used. */
export interface ServiceDefinition<Shape extends ConfigShape> {
  readonly name: string;
  /** Fragments merged by spreading: `{ ...postgresConfig, ...objectStoreConfig }`. The platform adds its own. */
  readonly config: Shape;
  /** Rules between variables, a sentence per problem; none of them may show a value. */
  readonly check?: (config: ServiceConfig<Shape>) => readonly string[];
  readonly module: (config: ServiceConfig<Shape>, host: ServiceHost) => Type | DynamicModule | Promise<Type | DynamicModule>;
  /** Queues it works on; needs `transport`. */
  readonly lanes?: readonly LaneName[];
  readonly transport?: (
    config: ServiceConfig<Shape>,
    app: NestExpressApplication,
    host: ServiceHost,
  ) => CustomTransportStrategy | Promise<CustomTransportStrategy>;
  readonly http?: HttpDefinition<ServiceConfig<Shape>>;
  readonly probes?: (app: NestExpressApplication) => readonly Probe[];
  readonly background?: (app: NestExpressApplication) => readonly Background[];
}
