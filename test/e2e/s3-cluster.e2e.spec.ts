import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp, type DirectUploadAnswer, type EventAnswer } from '@muniment/contracts';
import { memorySource, MunimentClient } from '@muniment/client';
import { Redis } from 'ioredis';
import type { Client } from 'minio';
import pg from 'pg';
import { Upload } from 'tus-js-client';
import { goodWheelhouse } from '../corpus/good-files.js';
import { tinyWheel } from '../corpus/tiny-wheel.js';
import { newBucket, outsider } from '../object-store/s3-subject.js';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { random, sha256 } from '../stack/bytes.js';
import { Caller, filePath } from '../stack/caller.js';
import { eventually } from '../stack/left-behind.js';
import { goBuildMs } from '../stack/go-program.js';
import { minioUnavailable, startMinio, type RunningS3 } from '../stack/minio.js';
import { startRedis, type RunningRedis } from '../stack/redis.js';

const mib = 1024 * 1024;
const unavailable = minioUnavailable();
if (unavailable !== null) process.stderr.write(`skipped: ${unavailable}\n`);

const hexOf = (bytes: Uint8Array) => sha256(bytes).toString('hex');

(unavailable === null ? describe : describe.skip)('an archive on Redis and S3', () => {
  let s3: RunningS3;
  let redis: RunningRedis;
  let archive: ArchiveUnderTest;
  let api: Caller;
  let bucket: { readonly client: Client; readonly name: string; readonly prefix: string };

  beforeAll(async () => {
    [s3, redis] = await Promise.all([startMinio(), startRedis()]);
    const options = await newBucket(s3);
    const prefix = options.prefix ?? '';
    bucket = { client: outsider(s3), name: options.bucket, prefix };
    archive = await startArchive({
      env: {
        MUNIMENT_QUEUE_BACKEND: 'redis',
        MUNIMENT_REDIS_URL: redis.url,
        MUNIMENT_OBJECT_STORE: 's3',
        MUNIMENT_S3_ENDPOINT: s3.endpoint,
        MUNIMENT_S3_BUCKET: options.bucket,
        MUNIMENT_S3_ACCESS_KEY: s3.accessKey,
        MUNIMENT_S3_SECRET_KEY: s3.secretKey,
        MUNIMENT_S3_PREFIX: prefix,
        MUNIMENT_TICK_SECONDS: '1',
      },
    });
    api = new Caller(archive.url, archive.token);
    // Where there is no MinIO yet, it is built.
  }, goBuildMs);

  afterAll(async () => {
    await archive?.stop();
    await redis?.stop();
    await s3?.stop();
  }, 60_000);

  /** Names below the archive's prefix, seen from outside; multipart uploads that were never completed do not show here. */
  async function keysBelow(folder: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const item of bucket.client.listObjectsV2(bucket.name, `${bucket.prefix}${folder}`, true))
      keys.push(String((item as { name: string }).name));
    return keys.filter((key) => !key.includes('probe-'));
  }

  it('takes a run, proves it and gives it back', async () => {
    const client = new MunimentClient({ url: archive.url, token: archive.token });
    const { id } = await client.createPackage({ repository: 'acme/widgets', name: 'run', producer: 'e2e', retention_class: 'transient' });
    const files = { 'wheelhouse-3.11.tgz': goodWheelhouse(), 'report.bin': random(3 * mib) };
    for (const [path, bytes] of Object.entries(files)) {
      await client.putFile({
        packageId: id,
        path,
        source: memorySource(bytes),
        mediaType: 'application/octet-stream',
        sha256: hexOf(bytes),
      });
    }
    const done = await client.finalize(id, 60);
    expect([done.state, done.manifest_digest]).toEqual(['finalized', `sha256:${hexOf(await client.manifestCbor(id))}`]);
    for (const [path, bytes] of Object.entries(files)) expect((await api.get(filePath(id, path))).bytes.equals(bytes)).toBe(true);
    const range = await api.get(filePath(id, 'report.bin'), { range: `bytes=${mib}-${mib + 99}` });
    expect([range.status, range.bytes.equals(files['report.bin'].subarray(mib, mib + 100))]).toEqual([206, true]);
    const wheel = await api.get(`${filePath(id, 'wheelhouse-3.11.tgz')}/members/alpha-1.0-py3-none-any.whl`);
    expect(wheel.bytes.equals(tinyWheel({ name: 'alpha', version: '1.0' }))).toBe(true);
    const blobs = await keysBelow('sha256/');
    for (const { sha256 } of done.files) expect(blobs.some((key) => key.endsWith(sha256))).toBe(true);
    await eventually('staging is empty', async () => (await keysBelow('staging/')).length === 0);
  }, 60_000);

  it('starts no service on another bucket, and writes nothing there', async () => {
    const { bucket: other, endpoint, prefix = '' } = await newBucket(s3);
    const message = new RegExp(`^ended with 78 [^]*Expected object store .* at s3://${other}/${prefix} of ${endpoint}, found none there`);
    await expect(archive.start('hasher', { MUNIMENT_S3_BUCKET: other })).rejects.toThrow(message);
    expect(await bucket.client.listObjectsV2(other, '', true).toArray()).toEqual([]);
    expect(await keysBelow('muniment-store')).toEqual([`${prefix}muniment-store.json`]);
  }, 30_000);

  it('takes resumable uploads in parts that fit no S3 part', async () => {
    const bytes = random(20 * mib + 1);
    const { id } = await api.createPackage();
    await new Promise<void>((resolve, reject) => {
      new Upload(bytes, {
        endpoint: `${api.url}/uploads`,
        headers: { authorization: `Bearer ${archive.token}` },
        metadata: { package_id: id, path: 'big.bin', sha256: hexOf(bytes) },
        chunkSize: 3 * mib + 7,
        storeFingerprintForResuming: false,
        onError: reject,
        onSuccess: () => resolve(),
      }).start();
    });
    const done = await api.finalize(id);
    expect(done.files[0]).toMatchObject({ path: 'big.bin', state: 'ingested', size: bytes.length, sha256: hexOf(bytes) });
    expect((await api.get(filePath(id, 'big.bin'))).bytes.equals(bytes)).toBe(true);
  }, 60_000);

  it('keeps nothing of refused and broken uploads', async () => {
    const { id } = await api.createPackage();
    const wrong = await api.put(id, 'x.bin', random(6 * mib), { 'repr-digest': `sha-256=:${createHash('sha256').digest('base64')}:` });
    expect(wrong.code).toBe('digest_mismatch');
    await api.putFile(id, 'wheelhouse-3.11.tgz', Buffer.from('no gzip'));
    await eventually('the wheelhouse is refused', async () => (await api.package(id)).files[0]?.state === 'refused');
    await eventually('staging is empty', async () => (await keysBelow('staging/')).length === 0);
  }, 30_000);

  describe('direct upload', () => {
    async function open(packageId: string, bytes: Buffer, sha256 = hexOf(bytes)): Promise<DirectUploadAnswer> {
      const answer = await api.post(`/packages/${packageId}/uploads/direct`, { path: 'direct.bin', size: bytes.length, sha256 });
      expect([200, 201]).toContain(answer.status);
      return packagesHttp.directUploadAnswer.parse(answer.json());
    }

    async function putParts({ urls, part_size }: DirectUploadAnswer, bytes: Buffer<ArrayBuffer>) {
      const parts = urls.map(async (url, index) => {
        // No token of ours: the address itself is the permission.
        const answer = await fetch(url, { method: 'PUT', body: bytes.subarray(index * part_size, (index + 1) * part_size) });
        expect(answer.status).toBe(200);
        return { part: index + 1, etag: answer.headers.get('etag') ?? '' };
      });
      return Promise.all(parts);
    }

    it('ends in the same commit, and may be completed twice', async () => {
      const bytes = random(17 * mib);
      const { id } = await api.createPackage();
      const opened = await open(id, bytes);
      expect(opened.urls.every((url) => url.startsWith(s3.endpoint) && !url.includes(archive.token))).toBe(true);
      const parts = await putParts(opened, bytes);
      const complete = () => api.post(`/uploads/${opened.upload_id}/complete`, { parts });
      const first = await complete();
      expect([first.status, first.json()]).toEqual([200, expect.objectContaining({ sha256: hexOf(bytes), size: bytes.length })]);
      expect((await complete()).status).toBe(200);
      const done = await api.finalize(id);
      expect(done.files[0]).toMatchObject({ state: 'ingested', sha256: hexOf(bytes), blake3: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect((await api.get(filePath(id, 'direct.bin'))).bytes.equals(bytes)).toBe(true);
      const again = await open((await api.createPackage()).id, bytes);
      expect([again.deduplicated, again.urls]).toEqual([true, []]);
    }, 60_000);

    it('is refused by the second witness when the bytes are others than declared; that is no corruption', async () => {
      const bytes = random(mib);
      const { id } = await api.createPackage();
      const opened = await open(id, bytes, hexOf(random(1)));
      const parts = await putParts(opened, bytes);
      expect((await api.post(`/uploads/${opened.upload_id}/complete`, { parts })).status).toBe(200);
      await eventually('the file is refused', async () => (await api.package(id)).files[0]?.state === 'refused');
      expect((await api.package(id)).files[0]?.refusal?.code).toBe('digest_mismatch');
      const events = (await api.get(`/events?subject=${id}`)).json() as EventAnswer[];
      expect(events.map((e) => e.type)).not.toContain('v1.storage.corruption_detected');
      expect((await api.post(`/packages/${id}/finalize`)).code).toBe('package_has_refused_files');
      expect((await keysBelow('sha256/')).some((key) => key.endsWith(hexOf(bytes)))).toBe(false);
      await eventually('staging is empty', async () => (await keysBelow('staging/')).length === 0);
    }, 60_000);

    it('refuses a completion with missing or foreign parts, and takes a better one', async () => {
      const bytes = random(mib);
      const { id } = await api.createPackage();
      const opened = await open(id, bytes);
      const parts = await putParts(opened, bytes);
      const complete = (list: readonly unknown[], upload = opened.upload_id) => api.post(`/uploads/${upload}/complete`, { parts: list });
      for (const list of [[], [{ part: 1, etag: '"0123456789abcdef0123456789abcdef"' }], [{ part: 2, etag: parts[0]?.etag }]]) {
        const answer = await complete(list);
        expect([list, answer.status, answer.code]).toEqual([list, 400, 'request_malformed']);
      }
      expect((await complete([], randomUUID())).code).toBe('upload_not_found');
      expect((await complete([], 'nothing')).code).toBe('upload_not_found');
      expect((await api.package(id)).files).toEqual([]);
      expect((await complete(parts)).status).toBe(200);
      const empty = await api.post(`/packages/${id}/uploads/direct`, { path: 'empty.bin', size: 0, sha256: hexOf(Buffer.alloc(0)) });
      expect([empty.status, empty.code]).toEqual([400, 'request_malformed']);
    }, 30_000);

    it('goes on with fresh addresses when the first answer was lost', async () => {
      const bytes = random(mib);
      const { id } = await api.createPackage();
      const key = randomUUID();
      const ask = async () => {
        const body = { path: 'lost.bin', size: bytes.length, sha256: hexOf(bytes) };
        return packagesHttp.directUploadAnswer.parse(
          (await api.post(`/packages/${id}/uploads/direct`, body, { 'idempotency-key': key })).json(),
        );
      };
      const lost = await ask();
      const database = new pg.Client(archive.ownerUrl);
      await database.connect();
      // As if the gateway had been killed before it recorded its answer, and a minute had passed.
      await database.query('delete from idempotency_keys where key = $1', [key]);
      await database.end();
      const opened = await ask();
      expect(opened.upload_id).toBe(lost.upload_id);
      const parts = await putParts(opened, bytes);
      expect((await api.post(`/uploads/${opened.upload_id}/complete`, { parts })).status).toBe(200);
      expect((await api.finalize(id)).files[0]).toMatchObject({ path: 'lost.bin', state: 'ingested', sha256: hexOf(bytes) });
    }, 30_000);
  });

  it('loses nothing and does nothing twice when Redis forgets everything in the middle of 20 packages', async () => {
    const connection = new Redis(redis.url);
    let over = false;
    const flushing = (async () => {
      for (; !over; await new Promise((resolve) => setTimeout(resolve, 150))) await connection.flushall();
    })();
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const { id } = await api.createPackage();
        await api.putFile(id, `${i}.bin`, random(1_000 + i));
        await api.putFile(id, 'wheelhouse-3.11.tgz', Buffer.from(goodWheelhouse()));
        expect((await api.post(`/packages/${id}/finalize`)).status).toBeLessThan(300);
        return id;
      }),
    );
    over = true;
    await flushing;
    await connection.flushall();
    connection.disconnect();
    await eventually(
      'all are finalized',
      async () => (await Promise.all(ids.map((id) => api.package(id)))).every((p) => p.state === 'finalized'),
      60_000,
    );
    for (const id of ids) {
      const events = (await api.get(`/events?subject=${id}&limit=1000`)).json() as EventAnswer[];
      expect(events.filter((e) => e.type === 'v1.package.finalized')).toHaveLength(1);
      const ingested = events.filter((e) => e.type === 'v1.file.ingested').map((e) => e.payload['path']);
      expect(new Set(ingested).size).toBe(ingested.length);
      expect(ingested).toHaveLength(3);
    }
  }, 120_000);
});
