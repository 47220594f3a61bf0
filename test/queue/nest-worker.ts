import 'reflect-metadata';
import { Controller, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import type { JobDeclaration } from '@muniment/contracts';
import { createLogger, ErrorFilter } from '@muniment/platform';
import { type BullmqTransport, HandleJob, type JobContext } from '@muniment/queue';

export type Handler = (payload: unknown, context: JobContext) => unknown;

export interface NestWorkerOptions {
  /** How the service bootstrap wires it; false shows what happens otherwise. */
  readonly inheritAppConfig?: boolean;
  readonly errorFilter?: boolean;
}

/** A controller class with one decorated method per handler, as an app would write it by hand. */
export function controllerOf(handlers: readonly (readonly [JobDeclaration, Handler])[]): new () => object {
  class Handlers {}
  handlers.forEach(([job, handler], index) => {
    const method = `handle${String(index)}`;
    const descriptor = { value: (payload: unknown, context: JobContext) => handler(payload, context), writable: true, configurable: true };
    Object.defineProperty(Handlers.prototype, method, descriptor);
    Payload()(Handlers.prototype, method, 0);
    Ctx()(Handlers.prototype, method, 1);
    HandleJob(job)(Handlers.prototype, method, descriptor);
  });
  Controller()(Handlers);
  return Handlers;
}

/** A hybrid Nest application over the transport, started as the service bootstrap starts it. */
export async function startNestWorker(
  transport: BullmqTransport,
  controllers: (new () => object)[],
  { inheritAppConfig = true, errorFilter = true }: NestWorkerOptions = {},
): Promise<INestApplication> {
  class Service {}
  Module({ controllers })(Service);
  const app = await NestFactory.create(Service, { logger: false, abortOnError: false });
  if (errorFilter) app.useGlobalFilters(new ErrorFilter(createLogger('test', 'silent')));
  app.connectMicroservice({ strategy: transport }, { inheritAppConfig });
  try {
    await app.init();
    await app.startAllMicroservices();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
