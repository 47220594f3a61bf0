import { Module, type DynamicModule } from '@nestjs/common';
import { JobsHandler } from './jobs/jobs.handler.js';
import type { Hasher } from './open-hasher.js';
import { hasherToken } from './tokens.js';

@Module({})
export class HasherModule {
  static with(hasher: Hasher): DynamicModule {
    return { module: HasherModule, controllers: [JobsHandler], providers: [{ provide: hasherToken, useValue: hasher }] };
  }
}
