import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VerifyStorage } from '@muniment/application';
import { S3Store } from '@muniment/object-store';
import { newBucket } from '../object-store/s3-subject.js';
import { minioUnavailable, startMinio, type RunningS3 } from '../stack/minio.js';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { CollectionWorld, day } from './world.js';

const unavailable = minioUnavailable();
const garbage = 600;

if (unavailable !== null) {
  console.warn(`skipped: ${unavailable}`);
  describe.skip(unavailable, () => it('needs MinIO', () => undefined));
} else {
  describe('a collection of objects in MinIO', () => {
    let s3: RunningS3;
    let server: RunningPostgres;
    let world: CollectionWorld;
    beforeAll(async () => {
      s3 = await startMinio();
      server = await startPostgres();
      world = new CollectionWorld(server.serviceUrl, new S3Store(await newBucket(s3)));
    }, 25 * 60_000);
    afterAll(async () => {
      await world.close();
      await server.stop();
      await s3.stop();
    }, 60_000);

    it('removes what nobody refers to, many objects in one request, and nothing else', async () => {
      const files = Object.fromEntries(Array.from({ length: garbage }, (_, n) => [`file-${n}`, `garbage ${n}`]));
      const gone = await world.package({ files: { ...files, shared: 'shared with a live one' } });
      await world.package({ files: { shared: 'shared with a live one', own: 'live' } });
      world.later(40 * day);
      await world.mark(gone);
      world.later(day);
      await world.collect();
      world.later(7 * day);
      const { result } = await world.collect();
      const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
      expect(result).toMatchObject({ purged: 1, locations_deleted: garbage + 1, bytes_reclaimed: bytes });
      const compared = await new VerifyStorage(world.postgres.referencedContents, world.postgres.due, world.store).execute(new Date(0));
      expect(compared).toMatchObject({
        stored: { count: 2 },
        missing: { count: 0 },
        sizeDiffers: { count: 0 },
        unreferencedYoung: { count: 0 },
        unreferencedOld: { count: 0 },
      });
      expect(world.failures).toEqual([]);
    }, 120_000);
  });
}
