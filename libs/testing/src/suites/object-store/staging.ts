import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { chunks, collect, failing, read, reusing, sameBytes, silentAfter } from './bytes.js';
import { mebi, distantFuture, freshKey, type StoreSubject } from './subject.js';

/** Staging: bytes arrive whole, durable and unmixed, or not at all. */
export function describeStaging(subject: StoreSubject): void {
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
      expect(await subject.store.stage(key, chunks(bytes, chunk))).toEqual({ size });
      const opened = await subject.other.openStaged(key);
      expect(opened?.size).toBe(size);
      expect(sameBytes(await read(opened), bytes)).toBe(true);
    });

    it('copies what it is given: a source may reuse its buffer', async () => {
      const key = freshKey();
      const buffer = Buffer.alloc(1000);
      await subject.store.stage(key, reusing(buffer, 3000));
      const stored = await read(await subject.store.openStaged(key));
      expect(stored.length).toBe(3_000_000);
      for (const index of [0, 1, 255, 1500, 2999]) expect(stored[index * 1000]).toBe(index % 256);
    });

    it.each([100, 3 * mebi, 20 * mebi])('a source that fails after %i bytes leaves nothing readable', async (size) => {
      const key = freshKey();
      await expect(subject.store.stage(key, failing(randomBytes(size)))).rejects.toThrow('source broke');
      expect(await subject.other.openStaged(key)).toBeNull();
      expect(await subject.other.localStaged(key)).toBeNull();
      await expect(collect(subject.store.listStaged(distantFuture))).resolves.not.toContain(key);
    });

    it('an interrupted and then retried upload yields exactly the bytes of the retry', async () => {
      const key = freshKey();
      const bytes = randomBytes(30 * mebi);
      for (const reached of [5 * mebi, 17 * mebi, 25 * mebi]) {
        await expect(subject.store.stage(key, failing(bytes.subarray(0, reached)))).rejects.toThrow('source broke');
      }
      expect(await subject.other.stage(key, chunks(bytes))).toEqual({ size: bytes.length });
      expect(sameBytes(await read(await subject.store.openStaged(key)), bytes)).toBe(true);
    });

    it('refuses to start when the signal is aborted already', async () => {
      const key = freshKey();
      await expect(subject.store.stage(key, chunks(randomBytes(10)), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
        'gone',
      );
      expect(await subject.store.openStaged(key)).toBeNull();
    });

    it.each([10, 20 * mebi])('stops for a signal while the source is silent after %i bytes', async (size) => {
      const key = freshKey();
      const abort = new AbortController();
      const source = silentAfter(randomBytes(size), () => abort.abort(new Error('client gone')));
      await expect(subject.store.stage(key, source, { signal: abort.signal })).rejects.toThrow('client gone');
      expect(await subject.other.openStaged(key)).toBeNull();
    });

    it.each([5000, 18 * mebi])('two writers of one key never mix %i bytes', async (size) => {
      const key = freshKey();
      const versions = [randomBytes(size), randomBytes(size)];
      const outcomes = await Promise.allSettled(
        versions.map((bytes, index) => (index === 0 ? subject.store : subject.other).stage(key, chunks(bytes))),
      );
      const stored = await read(await subject.store.openStaged(key));
      const successes = versions.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(successes.length).toBeGreaterThan(0);
      expect(successes.some((bytes) => sameBytes(bytes, stored))).toBe(true);
    });

    it('many writers of different keys do not disturb each other', async () => {
      const all = Array.from({ length: 24 }, (_, index) => ({ key: freshKey(), bytes: randomBytes(index * 50_000) }));
      await Promise.all(all.map(({ key, bytes }) => subject.store.stage(key, chunks(bytes))));
      for (const { key, bytes } of all) expect(sameBytes(await read(await subject.other.openStaged(key)), bytes)).toBe(true);
    });

    it('discard removes, twice if need be', async () => {
      const key = await subject.staged(randomBytes(100));
      await subject.store.discard(key);
      await subject.other.discard(key);
      expect(await subject.store.openStaged(key)).toBeNull();
    });

    it('offers the local file where it has one', async () => {
      const key = await subject.staged(Buffer.from('local'));
      const path = await subject.store.localStaged(key);
      if (subject.store.backend === 'filesystem') expect(path).toContain(key);
      else expect(path).toBeNull();
    });
  });
}
