import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseSha256, type Sha256 } from '@muniment/domain';
import { stagingKey, type ByteRange, type ObjectStore, type OpenBytes, type SmallStaging } from '@muniment/application';

/** A store under test, with the means to play a second process. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  /** Another instance on the same bytes, as a restarted or neighbouring process would have; null for a store that lives in one process. */
  readonly reopen: (() => ObjectStore) | null;
  /** Removes everything. */
  dispose(): Promise<void>;
}

export interface ObjectStoreSuiteOptions {
  /** False for a store that keeps bytes in this process. */
  readonly boundedMemory?: boolean;
  /** True for a store that stages small files in a way of their own. */
  readonly smallFiles?: boolean;
}

const mebi = 1024 * 1024;
const distantFuture = new Date('2999-01-01T00:00:00Z');
const distantPast = new Date('2001-01-01T00:00:00Z');

/** The contract of the ObjectStore port; every implementation passes the same suite. */
export function objectStoreSuite(name: string, factory: () => Promise<ObjectStoreUnderTest>, options: ObjectStoreSuiteOptions = {}): void {
  // A busy machine and a cold server take their time; the tests themselves never wait for a clock.
  jest.setTimeout(60_000);
  describe(`object store: ${name}`, () => {
    let subject: ObjectStoreUnderTest;
    let store: ObjectStore;
    /** The same bytes seen by another process, where there can be one. */
    let other: ObjectStore;

    beforeAll(async () => {
      subject = await factory();
      store = subject.store;
      other = subject.reopen?.() ?? store;
    }, 180_000);

    afterAll(async () => {
      if (other !== store) await other.close();
      await store.close();
      await subject.dispose();
    }, 60_000);

    const staged = async (bytes: Buffer): Promise<string> => {
      const key = freshKey();
      await store.stage(key, chunks(bytes));
      return key;
    };

    describe('staging', () => {
      it.each([
        ['nothing', 0, 1],
        ['one byte', 1, 1],
        ['4 KiB in one chunk', 4096, 4096],
        ['tiny chunks', 10_000, 7],
        ['just under a write batch', mebi - 1, 65_536],
        ['just over a write batch', mebi + 1, 65_536],
        ['exactly one 8 MiB part', 8 * mebi, 65_536],
        ['several parts and a rest', 20 * mebi + 12_345, 65_536],
        ['one huge chunk', 17 * mebi + 1, 17 * mebi + 1],
      ])('keeps %s exactly', async (_what, size, chunk) => {
        const bytes = randomBytes(size);
        const key = freshKey();
        expect(await store.stage(key, chunks(bytes, chunk))).toEqual({ size });
        const opened = await other.openStaged(key);
        expect(opened?.size).toBe(size);
        expect(sameBytes(await read(opened), bytes)).toBe(true);
      });

      it('copies what it is given: a source may reuse its buffer', async () => {
        const key = freshKey();
        const buffer = Buffer.alloc(1000);
        await store.stage(key, reusing(buffer, 3000));
        const stored = await read(await store.openStaged(key));
        expect(stored.length).toBe(3_000_000);
        for (const index of [0, 1, 255, 1500, 2999]) expect(stored[index * 1000]).toBe(index % 256);
      });

      it.each([100, 3 * mebi, 20 * mebi])('a source that fails after %i bytes leaves nothing readable', async (size) => {
        const key = freshKey();
        await expect(store.stage(key, failing(randomBytes(size)))).rejects.toThrow('source broke');
        expect(await other.openStaged(key)).toBeNull();
        expect(await other.localStaged(key)).toBeNull();
        await expect(collect(store.listStaged(distantFuture))).resolves.not.toContain(key);
      });

      it('an interrupted and then retried upload yields exactly the bytes of the retry', async () => {
        const key = freshKey();
        const bytes = randomBytes(30 * mebi);
        for (const reached of [5 * mebi, 17 * mebi, 25 * mebi]) {
          await expect(store.stage(key, failing(bytes.subarray(0, reached)))).rejects.toThrow('source broke');
        }
        expect(await other.stage(key, chunks(bytes))).toEqual({ size: bytes.length });
        expect(sameBytes(await read(await store.openStaged(key)), bytes)).toBe(true);
      });

      it('refuses to start when the signal is aborted already', async () => {
        const key = freshKey();
        await expect(store.stage(key, chunks(randomBytes(10)), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
        expect(await store.openStaged(key)).toBeNull();
      });

      it.each([10, 20 * mebi])('stops for a signal while the source is silent after %i bytes', async (size) => {
        const key = freshKey();
        const abort = new AbortController();
        const source = silentAfter(randomBytes(size), () => abort.abort(new Error('client gone')));
        await expect(store.stage(key, source, { signal: abort.signal })).rejects.toThrow('client gone');
        expect(await other.openStaged(key)).toBeNull();
      });

      it.each([5000, 18 * mebi])('two writers of one key never mix %i bytes', async (size) => {
        const key = freshKey();
        const versions = [randomBytes(size), randomBytes(size)];
        const outcomes = await Promise.allSettled(versions.map((bytes, index) => (index === 0 ? store : other).stage(key, chunks(bytes))));
        const stored = await read(await store.openStaged(key));
        const successes = versions.filter((_, index) => outcomes[index]?.status === 'fulfilled');
        expect(successes.length).toBeGreaterThan(0);
        expect(successes.some((bytes) => sameBytes(bytes, stored))).toBe(true);
      });

      it('many writers of different keys do not disturb each other', async () => {
        const all = Array.from({ length: 24 }, (_, index) => ({ key: freshKey(), bytes: randomBytes(index * 50_000) }));
        await Promise.all(all.map(({ key, bytes }) => store.stage(key, chunks(bytes))));
        for (const { key, bytes } of all) expect(sameBytes(await read(await other.openStaged(key)), bytes)).toBe(true);
      });

      it('discard removes, twice if need be', async () => {
        const key = await staged(randomBytes(100));
        await store.discard(key);
        await other.discard(key);
        expect(await store.openStaged(key)).toBeNull();
      });

      it('offers the local file where it has one', async () => {
        const key = await staged(Buffer.from('local'));
        const path = await store.localStaged(key);
        if (store.backend === 'filesystem') expect(path).toContain(key);
        else expect(path).toBeNull();
      });
    });

    describe('ranges', () => {
      const bytes = randomBytes(3 * mebi + 17);
      const last = bytes.length - 1;
      const inside: ByteRange[] = [
        { start: 0, end: 0 },
        { start: last, end: last },
        { start: 0, end: last },
        { start: mebi - 1, end: 2 * mebi },
      ];
      const outside: ByteRange[] = [
        { start: 0, end: last + 1 },
        { start: last + 1, end: last + 1 },
        { start: 5, end: 4 },
        { start: -1, end: 4 },
        { start: 0.5, end: 4 },
      ];

      it('reads exactly the range and tells the whole size', async () => {
        const key = await staged(bytes);
        await store.promote(key, digest(bytes), bytes.length);
        for (const range of inside) {
          for (const opened of [await store.openStaged(key, range), await store.openBlob(digest(bytes), range)]) {
            expect(opened?.size).toBe(bytes.length);
            expect(sameBytes(await read(opened), bytes.subarray(range.start, range.end + 1))).toBe(true);
          }
        }
      });

      it('refuses ranges that do not lie within the bytes', async () => {
        const key = await staged(bytes);
        for (const range of outside) {
          await expect(store.openStaged(key, range)).rejects.toMatchObject({ code: 'range_not_satisfiable' });
        }
      });

      it('survives readers that walk away', async () => {
        const key = await staged(bytes);
        for (let round = 0; round < 20; round += 1) {
          const opened = await store.openStaged(key);
          for await (const chunk of opened?.stream ?? []) {
            expect(chunk).toBeDefined();
            break;
          }
        }
        expect(sameBytes(await read(await store.openStaged(key)), bytes)).toBe(true);
      });
    });

    describe('promotion', () => {
      it('makes staged bytes a blob, keeps the staging key, and may be repeated', async () => {
        const bytes = randomBytes(70_000);
        const key = await staged(bytes);
        for (let round = 0; round < 3; round += 1) await store.promote(key, digest(bytes), bytes.length);
        expect(sameBytes(await read(await other.openStaged(key)), bytes)).toBe(true);
        await store.discard(key);
        expect(sameBytes(await read(await other.openBlob(digest(bytes))), bytes)).toBe(true);
      });

      it('bears racing callers and several staging keys of the same bytes', async () => {
        const bytes = randomBytes(9 * mebi);
        const keys = [await staged(bytes), await staged(bytes)];
        const racers = Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? store : other).promote(keys[index % 2] ?? '', digest(bytes), bytes.length),
        );
        await Promise.all(racers);
        expect(sameBytes(await read(await store.openBlob(digest(bytes))), bytes)).toBe(true);
      });

      it('is done when a killed caller had promoted and discarded already', async () => {
        const bytes = randomBytes(500);
        const key = await staged(bytes);
        await store.promote(key, digest(bytes), bytes.length);
        await store.discard(key);
        await expect(other.promote(key, digest(bytes), bytes.length)).resolves.toBeUndefined();
        await expect(other.promote(key, digest(bytes), bytes.length + 1)).rejects.toMatchObject({ name: 'BytesMissing' });
      });

      it('needs the staged bytes', async () => {
        await expect(store.promote(freshKey(), digest(randomBytes(4)), 4)).rejects.toMatchObject({ name: 'BytesMissing' });
      });

      it('makes no blob of the wrong size', async () => {
        const bytes = randomBytes(100);
        const key = await staged(bytes);
        await expect(store.promote(key, digest(bytes), 99)).rejects.toThrow();
        expect(await store.openBlob(digest(bytes))).toBeNull();
      });

      it('promotes empty bytes', async () => {
        const key = await staged(Buffer.alloc(0));
        await store.promote(key, digest(Buffer.alloc(0)), 0);
        expect(await sizeOf(store.openBlob(digest(Buffer.alloc(0))))).toBe(0);
      });

      it('stores small bytes directly, again and again, and only under their own digest', async () => {
        const bytes = Buffer.from(`manifest ${randomUUID()}`);
        await Promise.all([store.putBlob(digest(bytes), bytes), other.putBlob(digest(bytes), bytes)]);
        await store.putBlob(digest(bytes), bytes);
        expect(sameBytes(await read(await other.openBlob(digest(bytes))), bytes)).toBe(true);
        const stranger = digest(randomBytes(8));
        await expect(store.putBlob(stranger, bytes)).rejects.toThrow('digest');
        expect(await store.openBlob(stranger)).toBeNull();
      });
    });

    describe('resumable staging', () => {
      const begun = async (): Promise<{ key: string; handle: string | null }> => {
        const key = freshKey();
        return { key, ...(await store.begin(key)) };
      };

      it('gathers bytes over many calls and two processes, readable only when complete', async () => {
        const { key, handle } = await begun();
        const bytes = randomBytes(26 * mebi + 99);
        let offset = 0;
        for (const [index, step] of [1, 100_000, 6 * mebi, 0, 9 * mebi, 3, 4 * mebi, bytes.length].entries()) {
          const writer = index % 2 === 0 ? store : other;
          const end = Math.min(bytes.length, offset + step);
          expect(await writer.appendStaged(key, handle, offset, chunks(bytes.subarray(offset, end)))).toEqual({ offset: end });
          offset = end;
          expect(await store.position(key, handle)).toBe(offset);
        }
        expect(await store.openStaged(key)).toBeNull();
        expect(await other.complete(key, handle)).toEqual({ size: bytes.length });
        expect(await store.complete(key, handle)).toEqual({ size: bytes.length });
        expect(await store.position(key, handle)).toBe(bytes.length);
        expect(sameBytes(await read(await store.openStaged(key)), bytes)).toBe(true);
        await store.promote(key, digest(bytes), bytes.length);
        expect(await sizeOf(store.openBlob(digest(bytes)))).toBe(bytes.length);
      });

      it('completes an upload of nothing', async () => {
        const { key, handle } = await begun();
        expect(await store.position(key, handle)).toBe(0);
        expect(await store.complete(key, handle)).toEqual({ size: 0 });
        expect(await store.complete(key, handle)).toEqual({ size: 0 });
        expect(await sizeOf(store.openStaged(key))).toBe(0);
      });

      it('refuses an append at another offset and keeps what it has', async () => {
        const { key, handle } = await begun();
        await store.appendStaged(key, handle, 0, chunks(Buffer.from('abc')));
        for (const wrong of [0, 2, 4]) {
          await expect(store.appendStaged(key, handle, wrong, chunks(Buffer.from('x')))).rejects.toMatchObject({
            code: 'upload_offset_mismatch',
          });
        }
        await other.appendStaged(key, handle, 3, chunks(Buffer.from('def')));
        await store.complete(key, handle);
        expect((await read(await store.openStaged(key))).toString()).toBe('abcdef');
      });

      it.each([1000, 3 * mebi, 14 * mebi])(
        'keeps a prefix when the source breaks after %i bytes, and goes on from there',
        async (reached) => {
          const { key, handle } = await begun();
          const bytes = randomBytes(reached + 2 * mebi);
          await expect(store.appendStaged(key, handle, 0, failing(bytes.subarray(0, reached)))).rejects.toThrow('source broke');
          const offset = await other.position(key, handle);
          expect(offset).toBe(reached);
          await other.appendStaged(key, handle, offset, chunks(bytes.subarray(offset)));
          await other.complete(key, handle);
          expect(sameBytes(await read(await store.openStaged(key)), bytes)).toBe(true);
        },
      );

      it.each([
        ['within the last bytes', 9 * mebi, 9 * mebi - 10],
        ['within a part', 21 * mebi, 10 * mebi + 5],
        ['at a part boundary', 17 * mebi, 8 * mebi],
        ['to nothing', 17 * mebi, 0],
        ['by nothing', 100, 100],
      ])('truncates %s and goes on', async (_where, size, offset) => {
        const { key, handle } = await begun();
        const bytes = randomBytes(size + 3 * mebi);
        await store.appendStaged(key, handle, 0, chunks(bytes.subarray(0, size)));
        await store.truncate(key, handle, offset);
        expect(await other.position(key, handle)).toBe(offset);
        expect(await store.openStaged(key)).toBeNull();
        await other.appendStaged(key, handle, offset, chunks(bytes.subarray(offset)));
        expect(await other.complete(key, handle)).toEqual({ size: bytes.length });
        expect(sameBytes(await read(await store.openStaged(key)), bytes)).toBe(true);
      });

      it('cannot be truncated to more than it has', async () => {
        const { key, handle } = await begun();
        await store.appendStaged(key, handle, 0, chunks(Buffer.from('abc')));
        await expect(store.truncate(key, handle, 4)).rejects.toThrow();
        await expect(store.truncate(key, handle, -1)).rejects.toThrow();
        expect(await store.position(key, handle)).toBe(3);
      });

      it('is gone after discard', async () => {
        const { key, handle } = await begun();
        await store.appendStaged(key, handle, 0, chunks(randomBytes(12 * mebi)));
        await other.discard(key);
        await expect(store.position(key, handle)).rejects.toMatchObject({ name: 'BytesMissing' });
        await expect(store.appendStaged(key, handle, 0, chunks(Buffer.from('x')))).rejects.toMatchObject({ name: 'BytesMissing' });
        await expect(store.complete(key, handle)).rejects.toMatchObject({ name: 'BytesMissing' });
        await expect(collect(store.listStaged(distantFuture))).resolves.not.toContain(key);
      });
    });

    describe('direct staging', () => {
      const direct = async (size: number): Promise<{ key: string; handle: string; partSize: number; urls: readonly string[] } | null> => {
        const key = freshKey();
        return store.direct === null ? null : { key, ...(await store.direct.beginDirect(key, size, 300)) };
      };
      const send = async (url: string, bytes: Buffer): Promise<{ status: number; etag: string }> => {
        const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
        await answer.arrayBuffer();
        return { status: answer.status, etag: answer.headers.get('etag') ?? '' };
      };

      it('takes parts straight from the client, in any order, and may be completed again', async () => {
        const bytes = randomBytes(21 * mebi + 5);
        const upload = await direct(bytes.length);
        if (upload === null || store.direct === null) return expect(store.backend).not.toBe('s3');
        expect(upload.urls).toHaveLength(Math.ceil(bytes.length / upload.partSize));
        const parts: { part: number; etag: string }[] = [];
        for (const [index, url] of [...upload.urls.entries()].reverse()) {
          const { status, etag } = await send(url, bytes.subarray(index * upload.partSize, (index + 1) * upload.partSize));
          expect(status).toBe(200);
          parts.push({ part: index + 1, etag });
        }
        expect(await store.openStaged(upload.key)).toBeNull();
        for (const repeat of [store.direct, other.direct]) {
          expect(await repeat?.completeDirect(upload.key, upload.handle, parts)).toEqual({ size: bytes.length });
        }
        expect(sameBytes(await read(await store.openStaged(upload.key)), bytes)).toBe(true);
      });

      it('refuses parts the store does not hold', async () => {
        const upload = await direct(100);
        if (upload === null || store.direct === null) return expect(store.backend).not.toBe('s3');
        await send(upload.urls[0] ?? '', randomBytes(100));
        for (const parts of [[{ part: 1, etag: 'd41d8cd98f00b204e9800998ecf8427e' }], []]) {
          await expect(store.direct.completeDirect(upload.key, upload.handle, parts)).rejects.toMatchObject({ code: 'request_malformed' });
        }
        expect(await store.openStaged(upload.key)).toBeNull();
      });

      it('refuses altered urls, and all urls after discard', async () => {
        const upload = await direct(100);
        if (upload === null) return expect(store.backend).not.toBe('s3');
        const url = upload.urls[0] ?? '';
        expect((await send(url.replace('partNumber=1', 'partNumber=2'), randomBytes(100))).status).toBe(403);
        expect(await collect(store.listStaged(distantFuture))).toContain(upload.key);
        await store.discard(upload.key);
        expect((await send(url, randomBytes(100))).status).toBe(404);
        expect(await collect(store.listStaged(distantFuture))).not.toContain(upload.key);
      });
    });

    const small = (): SmallStaging => {
      if (store.small === null) throw new Error('this store should stage small files');
      return store.small;
    };
    const describeSmall = options.smallFiles === true ? describe : () => undefined;
    describeSmall('small files', () => {
      it('are staged whole under keys of the store, and go the way of all staged bytes', async () => {
        const all = Array.from({ length: 40 }, (_, n) => randomBytes(n * 97));
        const keys = await Promise.all(all.map((bytes) => small().stageSmall(bytes)));
        expect(new Set(keys).size).toBe(all.length);
        expect(await collect(other.listStaged(distantFuture))).toEqual(expect.arrayContaining(keys));
        for (const [n, key] of keys.entries()) {
          const bytes = all[n] ?? Buffer.alloc(0);
          expect(await other.localStaged(key)).toBeNull();
          expect(sameBytes(await read(await other.openStaged(key)), bytes)).toBe(true);
          await other.promote(key, digest(bytes), bytes.length);
          await other.promote(key, digest(bytes), bytes.length);
          await expect(other.promote(key, digest(bytes), bytes.length + 1)).rejects.toThrow();
          await other.discard(key);
          expect(await store.openStaged(key)).toBeNull();
          // As after a kill between the event and the discarding.
          await store.promote(key, digest(bytes), bytes.length);
          expect(sameBytes(await read(await store.openBlob(digest(bytes))), bytes)).toBe(true);
          await store.removeBlobs([digest(bytes)]);
          await expect(store.promote(key, digest(bytes), bytes.length)).rejects.toMatchObject({ name: 'BytesMissing' });
        }
        const left = new Set(await collect(store.listStaged(distantFuture)));
        expect(keys.filter((key) => left.has(key))).toEqual([]);
      });

      it('can be read in part', async () => {
        const key = await small().stageSmall(Buffer.from('0123456789'));
        expect((await read(await store.openStaged(key, { start: 2, end: 4 }))).toString()).toBe('234');
        await expect(store.openStaged(key, { start: 5, end: 10 })).rejects.toMatchObject({ code: 'range_not_satisfiable' });
        await store.discard(key);
      });
    });

    describe('listing and removal', () => {
      it('lists staged bytes and open uploads once each, by age', async () => {
        const whole = await staged(randomBytes(10));
        const open = freshKey();
        const { handle } = await store.begin(open);
        await store.appendStaged(open, handle, 0, chunks(randomBytes(6 * mebi + 1)));
        const listed = await collect(other.listStaged(distantFuture));
        for (const key of [whole, open]) expect(listed.filter((found) => found === key)).toEqual([key]);
        expect(await collect(other.listStaged(distantPast))).toEqual([]);
        for (const key of listed) await other.discard(key);
        expect(await collect(store.listStaged(distantFuture))).toEqual([]);
      });

      it('lists blobs by age and removes them in batches, absent ones too', async () => {
        const blobs = Array.from({ length: 25 }, () => randomBytes(20));
        for (const bytes of blobs) await store.putBlob(digest(bytes), bytes);
        const names = blobs.map(digest);
        const listed = await collect(other.listBlobs(distantFuture));
        expect(listed.map(({ sha256, size }) => ({ sha256, size }))).toEqual(
          expect.arrayContaining(names.map((sha256) => ({ sha256, size: 20 }))),
        );
        expect(listed.map(({ sha256 }) => sha256)).toEqual(listed.map(({ sha256 }) => sha256).sort());
        for (const { changed } of listed) expect(Math.abs(Date.now() - changed.getTime())).toBeLessThan(86_400_000);
        expect(await collect(other.listBlobs(distantPast))).toEqual([]);
        const [kept, ...removed] = names;
        await store.removeBlobs([...removed, digest(randomBytes(9))]);
        await store.removeBlobs(removed);
        await store.removeBlobs([]);
        const left = (await collect(other.listBlobs(distantFuture))).map(({ sha256 }) => sha256);
        expect(left).toContain(kept);
        for (const name of removed) expect(left).not.toContain(name);
        expect(await store.openBlob(removed[0] ?? digest(Buffer.alloc(1)))).toBeNull();
      });
    });

    describe('keys', () => {
      const bad = [
        '',
        'x',
        'staging',
        'staging/',
        'staging/../x',
        'staging/a/b',
        '../staging/x',
        '/staging/x',
        'staging/.',
        'staging/a.part',
        'staging/a\0',
        'blobs/x',
      ];

      it.each(bad)('refuses the staging key %j everywhere', async (key) => {
        await expect(store.stage(key, chunks(Buffer.from('x')))).rejects.toThrow();
        await expect(attempt(() => store.openStaged(key))).rejects.toThrow();
        await expect(attempt(() => store.localStaged(key))).rejects.toThrow();
        await expect(attempt(() => store.discard(key))).rejects.toThrow();
        await expect(attempt(() => store.begin(key))).rejects.toThrow();
        await expect(attempt(() => store.position(key, null))).rejects.toThrow();
        await expect(attempt(() => store.promote(key, digest(Buffer.from('x')), 1))).rejects.toThrow();
      });

      it.each(['', 'abc', '../../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(63)}/`])(
        'refuses the digest %j everywhere',
        async (text) => {
          const forged = text as Sha256;
          await expect(attempt(() => store.openBlob(forged))).rejects.toThrow();
          await expect(attempt(() => store.localBlob(forged))).rejects.toThrow();
          await expect(attempt(() => store.removeBlobs([forged]))).rejects.toThrow();
        },
      );

      it('answers null for what is not there', async () => {
        expect(await store.openStaged(freshKey())).toBeNull();
        expect(await store.localStaged(freshKey())).toBeNull();
        expect(await store.openBlob(digest(randomBytes(5)))).toBeNull();
        expect(await store.localBlob(digest(randomBytes(5)))).toBeNull();
        await expect(store.position(freshKey(), null)).rejects.toMatchObject({ name: 'BytesMissing' });
      });
    });

    it('probes itself and leaves no probe behind', async () => {
      await store.check();
      const left = await collect(store.listStaged(distantFuture));
      expect(left.filter((key) => key.includes('probe'))).toEqual([]);
    });

    // A store that keeps its bytes in memory has no such bound to show.
    const streaming = options.boundedMemory === false ? () => undefined : it;
    streaming(
      'streams 200 MiB in and out with flat memory',
      async () => {
        const key = freshKey();
        const total = 200 * mebi;
        const chunk = randomBytes(64 * 1024);
        const before = process.memoryUsage.rss();
        const peak = peakRss();
        expect(await store.stage(key, repeated(chunk, total))).toEqual({ size: total });
        let received = 0;
        for await (const piece of (await store.openStaged(key))?.stream ?? []) received += (piece as Buffer).length;
        const grown = (peak.stop() - before) / mebi;
        await store.discard(key);
        expect(received).toBe(total);
        expect(grown).toBeLessThan(120);
      },
      120_000,
    );
  });
}

function freshKey(): string {
  return stagingKey(randomUUID());
}

function digest(bytes: Uint8Array): Sha256 {
  return parseSha256(createHash('sha256').update(bytes).digest('hex'));
}

/** Comparing by matcher would print megabytes when they differ. */
function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.equals(b);
}

async function read(opened: OpenBytes | null): Promise<Buffer> {
  if (opened === null) throw new Error('expected bytes, found none');
  const read: Buffer[] = [];
  for await (const chunk of opened.stream) read.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(read);
}

/** The size an open promises; closes what was opened. */
async function sizeOf(opening: Promise<OpenBytes | null>): Promise<number | undefined> {
  const opened = await opening;
  opened?.stream.destroy();
  return opened?.size;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

/** A validating method may throw at once or reject; callers await either way. */
async function attempt<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

async function* chunks(bytes: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) {
    await Promise.resolve();
    yield bytes.subarray(from, from + size);
  }
}

async function* failing(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield* chunks(bytes);
  throw new Error('source broke');
}

async function* silentAfter(bytes: Buffer, then: () => void): AsyncGenerator<Uint8Array> {
  yield* chunks(bytes);
  setImmediate(then);
  await new Promise(() => undefined);
}

async function* reusing(buffer: Buffer, times: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < times; index += 1) {
    await Promise.resolve();
    yield buffer.fill(index % 256);
  }
}

async function* repeated(chunk: Buffer, total: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < total; sent += chunk.length) {
    await Promise.resolve();
    yield chunk;
  }
}

function peakRss(): { stop(): number } {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.max(peak, process.memoryUsage.rss());
    },
  };
}
