import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { objectStoreSuite } from '@muniment/testing';
import { radosGatewayUnavailable, startRadosGateway, type RunningRadosGateway } from '../stack/radosgw.js';
import { s3Subject } from './s3-subject.js';

const unavailable = radosGatewayUnavailable();

if (unavailable !== null) {
  console.warn(`skipped: ${unavailable}`);
  describe.skip(unavailable, () => it('needs RadosGW', () => undefined));
} else {
  describe('RadosGW', () => {
    let server: RunningRadosGateway;
    beforeAll(async () => {
      server = await startRadosGateway();
    }, 300_000);
    afterAll(() => server.stop(), 60_000);

    objectStoreSuite('s3 on RadosGW', () => s3Subject(server));
    // The slow way of promoting is also tested on MinIO; where people wait, once is enough.
    if (process.env['CI']) {
      objectStoreSuite('s3 on RadosGW, copied in parts', () =>
        s3Subject(server, { partBytes: 5 * 1024 * 1024, singleCopyBytes: 6 * 1024 * 1024 }),
      );
    }
  });
}
