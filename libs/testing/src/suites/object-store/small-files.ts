import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { SmallStaging } from '@muniment/application';
import { collect, read, sameBytes } from './bytes.js';
import { distantFuture, digest, type StoreSubject } from './subject.js';

/** Small files, in a store that stages them in a way of their own. */
export function describeSmallFiles(subject: StoreSubject): void {
  const small = (): SmallStaging => {
    if (subject.store.small === null) throw new Error('this store should stage small files');
    return subject.store.small;
  };
  describe('small files', () => {
    it('are staged whole under keys of the store, and go the way of all staged bytes', async () => {
      const all = Array.from({ length: 40 }, (_, n) => randomBytes(n * 97));
      const keys = await Promise.all(all.map((bytes) => small().stageSmall(bytes)));
      expect(new Set(keys).size).toBe(all.length);
      expect(await collect(subject.other.listStaged(distantFuture))).toEqual(expect.arrayContaining(keys));
      for (const [n, key] of keys.entries()) {
        const bytes = all[n] ?? Buffer.alloc(0);
        expect(await subject.other.localStaged(key)).toBeNull();
        expect(sameBytes(await read(await subject.other.openStaged(key)), bytes)).toBe(true);
        await subject.other.promote(key, digest(bytes), bytes.length);
        await subject.other.promote(key, digest(bytes), bytes.length);
        await expect(subject.other.promote(key, digest(bytes), bytes.length + 1)).rejects.toThrow();
        await subject.other.discard(key);
        expect(await subject.store.openStaged(key)).toBeNull();
        // As after a kill between the event and the discarding.
        await subject.store.promote(key, digest(bytes), bytes.length);
        expect(sameBytes(await read(await subject.store.openBlob(digest(bytes))), bytes)).toBe(true);
        await subject.store.removeBlobs([digest(bytes)]);
        await expect(subject.store.promote(key, digest(bytes), bytes.length)).rejects.toMatchObject({ name: 'BytesMissing' });
      }
      const left = new Set(await collect(subject.store.listStaged(distantFuture)));
      expect(keys.filter((key) => left.has(key))).toEqual([]);
    });

    it('can be read in part', async () => {
      const key = await small().stageSmall(Buffer.from('0123456789'));
      expect((await read(await subject.store.openStaged(key, { start: 2, end: 4 }))).toString()).toBe('234');
      await expect(subject.store.openStaged(key, { start: 5, end: 10 })).rejects.toMatchObject({ code: 'range_not_satisfiable' });
      await subject.store.discard(key);
    });
  });
}
