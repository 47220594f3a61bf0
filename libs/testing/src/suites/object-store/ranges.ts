import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ByteRange } from '@muniment/application';
import { read, sameBytes } from './bytes.js';
import { mebi, digest, type StoreSubject } from './subject.js';

/** Reading a part of what is stored. */
export function describeRanges(subject: StoreSubject): void {
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
      const key = await subject.staged(bytes);
      await subject.store.promote(key, digest(bytes), bytes.length);
      for (const range of inside) {
        for (const opened of [await subject.store.openStaged(key, range), await subject.store.openBlob(digest(bytes), range)]) {
          expect(opened?.size).toBe(bytes.length);
          expect(sameBytes(await read(opened), bytes.subarray(range.start, range.end + 1))).toBe(true);
        }
      }
    });

    it('refuses ranges that do not lie within the bytes', async () => {
      const key = await subject.staged(bytes);
      for (const range of outside) {
        await expect(subject.store.openStaged(key, range)).rejects.toMatchObject({ code: 'range_not_satisfiable' });
      }
    });

    it('survives readers that walk away', async () => {
      const key = await subject.staged(bytes);
      for (let round = 0; round < 20; round += 1) {
        const opened = await subject.store.openStaged(key);
        for await (const chunk of opened?.stream ?? []) {
          expect(chunk).toBeDefined();
          break;
        }
      }
      expect(sameBytes(await read(await subject.store.openStaged(key)), bytes)).toBe(true);
    });
  });
}
