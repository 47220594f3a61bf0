import { Module, type DynamicModule } from '@nestjs/common';
import { CollectionsController } from './http/collections/collections.controller.js';
import { StorageController } from './http/collections/storage.controller.js';
import { AttestationsController } from './http/attestations/attestations.controller.js';
import { EventsController } from './http/events/events.controller.js';
import { KeysController } from './http/keys/keys.controller.js';
import { WebKeyDirectoryController } from './http/keys/web-key-directory.controller.js';
import { LogController } from './http/log/log.controller.js';
import { PackageProofController } from './http/log/package-proof.controller.js';
import { FilesController } from './http/files/files.controller.js';
import { BlobsController } from './http/files/blobs.controller.js';
import { TokensController } from './http/access/tokens.controller.js';
import { PackagesController } from './http/packages/packages.controller.js';
import { ExplanationController } from './http/retention/explanation.controller.js';
import { RetentionActsController } from './http/retention/retention-acts.controller.js';
import { RetentionController } from './http/retention/retention.controller.js';
import { ValidationsController } from './http/retention/validations.controller.js';
import { DirectUploadsController } from './http/uploads/direct-uploads.controller.js';
import { TusController } from './http/uploads/tus.controller.js';
import type { Gateway } from './open-gateway.js';
import { gatewayToken } from './tokens.js';

@Module({})
export class GatewayModule {
  static with(gateway: Gateway): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        // Routes are tried in this order: first the one that is asked most.
        FilesController,
        PackagesController,
        ExplanationController,
        RetentionActsController,
        ValidationsController,
        RetentionController,
        CollectionsController,
        StorageController,
        AttestationsController,
        BlobsController,
        // Before tus: it takes everything below /uploads.
        DirectUploadsController,
        TusController,
        EventsController,
        LogController,
        PackageProofController,
        KeysController,
        WebKeyDirectoryController,
        TokensController,
      ],
      providers: [{ provide: gatewayToken, useValue: gateway }],
    };
  }
}
