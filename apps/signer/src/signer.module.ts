import { Module, type DynamicModule } from '@nestjs/common';
import type { Signer } from './open-signer.js';
import { signerToken } from './tokens.js';

@Module({})
export class SignerModule {
  static with(signer: Signer): DynamicModule {
    return { module: SignerModule, providers: [{ provide: signerToken, useValue: signer }] };
  }
}
