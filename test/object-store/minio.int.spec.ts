import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { objectStoreSuite } from '@muniment/testing';
import { minioUnavailable, startMinio, type RunningS3 } from '../stack/minio.js';
import { s3Subject } from './s3-subject.js';

const unavailable = minioUnavailable();

if (unavailable !== null) {
  console.warn(`skipped: ${unavailable}`);
  describe.skip(unavailable, () => it('needs MinIO', () => undefined));
} else {
  describe('MinIO', () => {
    let server: RunningS3;
    beforeAll(async () => {
      server = await startMinio();
    }, 25 * 60_000);
    afterAll(() => server.stop(), 30_000);

    objectStoreSuite('s3 on MinIO', () => s3Subject(server));
    // Small limits: every object above 6 MiB is promoted part by part, and parts are as small as S3 allows.
    objectStoreSuite('s3 on MinIO, copied in parts', () =>
      s3Subject(server, { partBytes: 5 * 1024 * 1024, singleCopyBytes: 6 * 1024 * 1024 }),
    );
  });
}
