import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseSha256, type Sha256 } from '@muniment/domain';
import { stagingKey, type ObjectStore } from '@muniment/application';
import { S3Store, type S3Options } from '@muniment/object-store';
import { minioUnavailable, startMinio, type RunningS3 } from '../stack/minio.js';
import { startLossyProxy, type LossyProxy, type Passing } from './lossy-proxy.js';
import { newBucket, openUploadsOf } from './s3-subject.js';

const unavailable = minioUnavailable();
const mebi = 1024 * 1024;
jest.setTimeout(120_000);

/** Every answer may be lost although the work was done. Each of these failed or doubled bytes with the client library's own upload. */
if (unavailable !== null) {
  console.warn(`skipped: ${unavailable}`);
  describe.skip(unavailable, () => it('needs MinIO', () => undefined));
} else {
  describe('S3 store behind a network that loses answers', () => {
    let server: RunningS3;
    let options: S3Options;
    let proxy: LossyProxy | null = null;
    beforeAll(async () => {
      server = await startMinio();
      options = await newBucket(server);
    }, 25 * 60_000);
    afterAll(() => server.stop(), 30_000);

    const losing = async (
      loses: (passing: Passing) => boolean,
      run: (store: ObjectStore, proxy: LossyProxy) => Promise<void>,
    ): Promise<void> => {
      proxy = await startLossyProxy(server.endpoint, loses);
      const store = new S3Store({ ...options, endpoint: proxy.endpoint, singleCopyBytes: 6 * mebi });
      try {
        await run(store, proxy);
      } finally {
        await store.close();
        await proxy.close();
      }
    };
    const first = (passing: Passing): boolean => passing.repeat === 0;

    it.each([1000, 25 * mebi])('stages and promotes %i bytes exactly when the first answer to everything is lost', async (size) => {
      const bytes = randomBytes(size);
      const key = stagingKey(randomUUID());
      await losing(first, async (store, { lost }) => {
        expect(await store.stage(key, chunks(bytes))).toEqual({ size });
        await store.promote(key, digest(bytes), size);
        expect(lost()).toBeGreaterThanOrEqual(4);
        expect(await stored(store, digest(bytes))).toEqual(digest(bytes));
        await store.discard(key);
      });
      expect(await openUploads(key)).toEqual([]);
    });

    it('gathers a resumable upload exactly when the first answer to everything is lost', async () => {
      const bytes = randomBytes(23 * mebi);
      const key = stagingKey(randomUUID());
      await losing(first, async (store) => {
        const { handle } = await store.begin(key);
        for (let offset = 0; offset < bytes.length; ) {
          const piece = bytes.subarray(offset, offset + 6 * mebi + 1);
          ({ offset } = await store.appendStaged(key, handle, offset, chunks(piece)));
        }
        await store.truncate(key, handle, 9 * mebi);
        expect(await store.appendStaged(key, handle, 9 * mebi, chunks(bytes.subarray(9 * mebi)))).toEqual({ offset: bytes.length });
        expect(await store.complete(key, handle)).toEqual({ size: bytes.length });
        await store.promote(key, digest(bytes), bytes.length);
        expect(await stored(store, digest(bytes))).toEqual(digest(bytes));
        await store.discard(key);
      });
      expect(await openUploads(key)).toEqual([]);
    });

    it('completes a direct upload whose completion was not heard', async () => {
      const bytes = randomBytes(9 * mebi);
      const key = stagingKey(randomUUID());
      const isCompletion = ({ method, url, repeat }: Passing): boolean => method === 'POST' && /uploadId=/.test(url) && repeat === 0;
      await losing(isCompletion, async (store, { lost }) => {
        const upload = await store.direct?.beginDirect(key, bytes.length, 60);
        if (upload === undefined) throw new Error('no direct uploads');
        const parts = await Promise.all(
          upload.urls.map(async (url, index) => {
            const body = new Uint8Array(bytes.subarray(index * upload.partSize, (index + 1) * upload.partSize));
            const answer = await fetch(url, { method: 'PUT', body });
            return { part: index + 1, etag: answer.headers.get('etag') ?? '' };
          }),
        );
        expect(await store.direct?.completeDirect(key, upload.handle, parts)).toEqual({ size: bytes.length });
        expect(lost()).toBe(1);
      });
    });

    it('rejects, and leaves nothing readable, when the store never gets its parts through', async () => {
      const key = stagingKey(randomUUID());
      await losing(
        ({ url }) => url.includes('partNumber=2'),
        async (store) => {
          await expect(store.stage(key, chunks(randomBytes(25 * mebi)))).rejects.toThrow();
          expect(await store.openStaged(key)).toBeNull();
        },
      );
      expect(await openUploads(key)).toEqual([]);
    });

    it('keeps what it acknowledged when the server is killed', async () => {
      const store: ObjectStore = new S3Store(options);
      const bytes = randomBytes(14 * mebi);
      const [whole, open] = [stagingKey(randomUUID()), stagingKey(randomUUID())];
      await store.stage(whole, chunks(bytes));
      const { handle } = await store.begin(open);
      await store.appendStaged(open, handle, 0, chunks(bytes.subarray(0, 12 * mebi)));
      await server.crash();
      expect(await store.position(open, handle)).toBe(12 * mebi);
      await store.appendStaged(open, handle, 12 * mebi, chunks(bytes.subarray(12 * mebi)));
      expect(await store.complete(open, handle)).toEqual({ size: bytes.length });
      for (const key of [whole, open]) {
        await store.promote(key, digest(bytes), bytes.length);
        expect(await stored(store, digest(bytes))).toEqual(digest(bytes));
      }
      await store.close();
    });

    it('says what is wrong with the bucket or the account', async () => {
      for (const wrong of [{ bucket: 'no-such-bucket' }, { secretKey: 'wrong-secret' }, { accessKey: 'nobody' }]) {
        const store = new S3Store({ ...options, ...wrong });
        const failure: unknown = await store.check().catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: expect.stringMatching(/NoSuchBucket|SignatureDoesNotMatch|InvalidAccessKeyId/) });
        expect(JSON.stringify(failure)).not.toContain(options.secretKey);
        await store.close();
      }
    });

    const openUploads = (key: string): Promise<string[]> => openUploadsOf(server, options.bucket, `${options.prefix ?? ''}${key}`);
  });
}

async function stored(store: ObjectStore, sha256: Sha256): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of (await store.openBlob(sha256))?.stream ?? []) hash.update(chunk as Buffer);
  return parseSha256(hash.digest('hex'));
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += 65_536) yield await Promise.resolve(bytes.subarray(from, from + 65_536));
}

function digest(bytes: Buffer): Sha256 {
  return parseSha256(createHash('sha256').update(bytes).digest('hex'));
}
