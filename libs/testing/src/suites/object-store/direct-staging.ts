import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { collect, read, sameBytes } from './bytes.js';
import { mebi, distantFuture, freshKey, type StoreSubject } from './subject.js';

/** Bytes that clients send to the store themselves, where it offers that. */
export function describeDirectStaging(subject: StoreSubject): void {
  describe('direct staging', () => {
    const direct = async (size: number): Promise<{ key: string; handle: string; partSize: number; urls: readonly string[] } | null> => {
      const key = freshKey();
      return subject.store.direct === null ? null : { key, ...(await subject.store.direct.beginDirect(key, size, 300)) };
    };
    const send = async (url: string, bytes: Buffer): Promise<{ status: number; etag: string }> => {
      const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
      await answer.arrayBuffer();
      return { status: answer.status, etag: answer.headers.get('etag') ?? '' };
    };

    it('takes parts straight from the client, in any order, and may be completed again', async () => {
      const bytes = randomBytes(21 * mebi + 5);
      const upload = await direct(bytes.length);
      if (upload === null || subject.store.direct === null) return expect(subject.store.backend).not.toBe('s3');
      expect(upload.urls).toHaveLength(Math.ceil(bytes.length / upload.partSize));
      const parts: { part: number; etag: string }[] = [];
      for (const [index, url] of [...upload.urls.entries()].reverse()) {
        const { status, etag } = await send(url, bytes.subarray(index * upload.partSize, (index + 1) * upload.partSize));
        expect(status).toBe(200);
        parts.push({ part: index + 1, etag });
      }
      expect(await subject.store.openStaged(upload.key)).toBeNull();
      for (const repeat of [subject.store.direct, subject.other.direct]) {
        expect(await repeat?.completeDirect(upload.key, upload.handle, parts)).toEqual({ size: bytes.length });
      }
      expect(sameBytes(await read(await subject.store.openStaged(upload.key)), bytes)).toBe(true);
    });

    it('goes on with an upload that was begun: its parts stay', async () => {
      const bytes = randomBytes(10 * mebi);
      const upload = await direct(bytes.length);
      if (upload === null || subject.other.direct === null) return expect(subject.store.backend).not.toBe('s3');
      const { key, handle, partSize } = upload;
      const first = await send(upload.urls[0] ?? '', bytes.subarray(0, partSize));
      const again = await subject.other.direct.beginDirect(key, bytes.length, 300, handle);
      expect([again.handle, again.partSize]).toEqual([handle, partSize]);
      const second = await send(again.urls[1] ?? '', bytes.subarray(partSize));
      const parts = [first, second].map(({ etag }, index) => ({ part: index + 1, etag }));
      expect(await subject.other.direct.completeDirect(key, handle, parts)).toEqual({ size: bytes.length });
      expect((await subject.other.direct.beginDirect(key, bytes.length, 300, handle)).handle).toBe(handle);
      await subject.other.discard(key);
      expect((await subject.other.direct.beginDirect(key, bytes.length, 300, handle)).handle).not.toBe(handle);
      await subject.other.discard(key);
    });

    it('refuses parts the store does not hold', async () => {
      const upload = await direct(100);
      if (upload === null || subject.store.direct === null) return expect(subject.store.backend).not.toBe('s3');
      await send(upload.urls[0] ?? '', randomBytes(100));
      for (const parts of [[{ part: 1, etag: 'd41d8cd98f00b204e9800998ecf8427e' }], []]) {
        await expect(subject.store.direct.completeDirect(upload.key, upload.handle, parts)).rejects.toMatchObject({
          code: 'request_malformed',
        });
      }
      expect(await subject.store.openStaged(upload.key)).toBeNull();
    });

    it('refuses altered urls, and all urls after discard', async () => {
      const upload = await direct(100);
      if (upload === null) return expect(subject.store.backend).not.toBe('s3');
      const url = upload.urls[0] ?? '';
      expect((await send(url.replace('partNumber=1', 'partNumber=2'), randomBytes(100))).status).toBe(403);
      expect(await collect(subject.store.listStaged(distantFuture))).toContain(upload.key);
      await subject.store.discard(upload.key);
      expect((await send(url, randomBytes(100))).status).toBe(404);
      expect(await collect(subject.store.listStaged(distantFuture))).not.toContain(upload.key);
    });
  });
}
