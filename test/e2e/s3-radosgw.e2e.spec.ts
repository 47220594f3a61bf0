import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memorySource, MunimentClient } from '@muniment/client';
import { newBucket } from '../object-store/s3-subject.js';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { random, sha256 } from '../stack/bytes.js';
import { Caller, filePath } from '../stack/caller.js';
import { radosGatewayUnavailable, startRadosGateway, type RunningRadosGateway } from '../stack/radosgw.js';

const mib = 1024 * 1024;
const unavailable = radosGatewayUnavailable();
if (unavailable !== null) process.stderr.write(`skipped: ${unavailable}\n`);

/** Ceph's S3, where it differs from MinIO: signatures, multipart, ranges. Everything else about clusters is in s3-cluster. */
(unavailable === null ? describe : describe.skip)('an archive on Ceph RadosGW', () => {
  let s3: RunningRadosGateway;
  let archive: ArchiveUnderTest;
  let client: MunimentClient;
  const hexOf = (bytes: Uint8Array) => sha256(bytes).toString('hex');

  beforeAll(async () => {
    s3 = await startRadosGateway();
    const { bucket, prefix } = await newBucket(s3);
    archive = await startArchive({
      services: ['gateway', 'hasher'],
      env: {
        MUNIMENT_OBJECT_STORE: 's3',
        MUNIMENT_S3_ENDPOINT: s3.endpoint,
        MUNIMENT_S3_BUCKET: bucket,
        MUNIMENT_S3_ACCESS_KEY: s3.accessKey,
        MUNIMENT_S3_SECRET_KEY: s3.secretKey,
        MUNIMENT_S3_PREFIX: prefix ?? '',
      },
    });
    client = new MunimentClient({ url: archive.url, token: archive.token });
  }, 240_000);

  afterAll(async () => {
    await archive?.stop();
    await s3?.stop();
  }, 60_000);

  it('takes a single request, a resumable and a direct upload, and gives all back', async () => {
    const api = new Caller(archive.url, archive.token);
    const { id } = await api.createPackage();
    const files = { 'put.bin': random(2 * mib), 'tus.bin': random(13 * mib + 1), 'direct.bin': random(9 * mib) };
    const upload = (path: keyof typeof files) => {
      const bytes = files[path];
      return { packageId: id, path, source: memorySource(bytes), sha256: hexOf(bytes), mediaType: 'application/octet-stream' };
    };
    await client.putFile(upload('put.bin'));
    await client.uploadResumable({ ...upload('tus.bin'), chunkBytes: 3 * mib });
    await client.uploadDirect(upload('direct.bin'));
    const done = await api.finalize(id);
    expect(done.files.map((f) => [f.path, f.state, f.sha256])).toEqual(
      Object.keys(files)
        .sort()
        .map((path) => [path, 'ingested', hexOf(files[path as keyof typeof files])]),
    );
    for (const [path, bytes] of Object.entries(files)) {
      expect((await api.get(filePath(id, path))).bytes.equals(bytes)).toBe(true);
      const range = await api.get(filePath(id, path), { range: 'bytes=1000000-1000099' });
      expect([range.status, range.bytes.equals(bytes.subarray(1_000_000, 1_000_100))]).toEqual([206, true]);
    }
  }, 60_000);
});
