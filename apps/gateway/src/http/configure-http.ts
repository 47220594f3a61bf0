import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Gateway } from '../open-gateway.js';
import { gatewayToken } from '../tokens.js';
import { isKeyAddress } from './keys/key-address.js';
import { isLogAddress } from './log/log-address.js';
import { authentication } from './access/authentication.js';
import { describeApi } from './describe-api.js';
import { readJsonBodies } from './json-body.js';
import { refuseNulInAddress } from './storable-text.js';

/** Middleware in order: who asks, then addresses and small bodies; after that Nest's controllers. */
export function configureHttp(app: NestExpressApplication): void {
  const gateway = app.get<Gateway>(gatewayToken);
  app.use(
    authentication(gateway.authenticate, (request) => {
      return (gateway.serveLog.isPublic && isLogAddress(request)) || (gateway.keysPublic && isKeyAddress(request));
    }),
  );
  app.use(refuseNulInAddress);
  app.use(readJsonBodies);
  describeApi(app);
}
