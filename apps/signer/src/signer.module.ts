import { Module, type DynamicModule } from '@nestjs/common';
import { SigningHandler } from './jobs/signing.handler.js';
import type { Signer } from './open-signer.js';
import { signerToken } from './tokens.js';

@Module({})
export class SignerModule {
  static with(signer: Signer): DynamicModule {
    return { module: SignerModule, controllers: [SigningHandler], providers: [{ provide: signerToken, useValue: signer }] };
  }
}
