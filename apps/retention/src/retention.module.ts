import { Module, type DynamicModule } from '@nestjs/common';
import { CollectionHandler } from './jobs/collection.handler.js';
import { SweepHandler } from './jobs/sweep.handler.js';
import { TicksHandler } from './jobs/ticks.handler.js';
import type { Keeper } from './open-keeper.js';
import { keeperToken } from './tokens.js';

@Module({})
export class RetentionModule {
  static with(keeper: Keeper): DynamicModule {
    return {
      module: RetentionModule,
      controllers: [TicksHandler, SweepHandler, CollectionHandler],
      providers: [{ provide: keeperToken, useValue: keeper }],
    };
  }
}
