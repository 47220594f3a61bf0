import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { read, sameBytes, sizeOf } from './bytes.js';
import { mebi, freshKey, digest, type StoreSubject } from './subject.js';

/** Staged bytes become blobs, once and under their own digest. */
export function describePromotion(subject: StoreSubject): void {
  describe('promotion', () => {
    it('makes staged bytes a blob, keeps the staging key, and may be repeated', async () => {
      const bytes = randomBytes(70_000);
      const key = await subject.staged(bytes);
      for (let round = 0; round < 3; round += 1) await subject.store.promote(key, digest(bytes), bytes.length);
      expect(sameBytes(await read(await subject.other.openStaged(key)), bytes)).toBe(true);
      await subject.store.discard(key);
      expect(sameBytes(await read(await subject.other.openBlob(digest(bytes))), bytes)).toBe(true);
    });

    it('bears racing callers and several staging keys of the same bytes', async () => {
      const bytes = randomBytes(9 * mebi);
      const keys = [await subject.staged(bytes), await subject.staged(bytes)];
      const racers = Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? subject.store : subject.other).promote(keys[index % 2] ?? '', digest(bytes), bytes.length),
      );
      await Promise.all(racers);
      expect(sameBytes(await read(await subject.store.openBlob(digest(bytes))), bytes)).toBe(true);
    });

    it('is done when a killed caller had promoted and discarded already', async () => {
      const bytes = randomBytes(500);
      const key = await subject.staged(bytes);
      await subject.store.promote(key, digest(bytes), bytes.length);
      await subject.store.discard(key);
      await expect(subject.other.promote(key, digest(bytes), bytes.length)).resolves.toBeUndefined();
      await expect(subject.other.promote(key, digest(bytes), bytes.length + 1)).rejects.toMatchObject({ name: 'BytesMissing' });
    });

    it('puts the staged bytes, which were verified, in the place of a blob that rotted, however young that is', async () => {
      const bytes = randomBytes(7 * mebi);
      const rotten = Buffer.from(bytes);
      rotten[3 * mebi] = ~(rotten[3 * mebi] ?? 0);
      await subject.store.promote(await subject.staged(rotten), digest(bytes), bytes.length);
      expect(sameBytes(await read(await subject.other.openBlob(digest(bytes))), rotten)).toBe(true);
      await subject.store.promote(await subject.staged(bytes), digest(bytes), bytes.length);
      expect(sameBytes(await read(await subject.other.openBlob(digest(bytes))), bytes)).toBe(true);
    });

    it('needs the staged bytes', async () => {
      await expect(subject.store.promote(freshKey(), digest(randomBytes(4)), 4)).rejects.toMatchObject({ name: 'BytesMissing' });
    });

    it('makes no blob of the wrong size', async () => {
      const bytes = randomBytes(100);
      const key = await subject.staged(bytes);
      await expect(subject.store.promote(key, digest(bytes), 99)).rejects.toThrow();
      expect(await subject.store.openBlob(digest(bytes))).toBeNull();
    });

    it('promotes empty bytes', async () => {
      const key = await subject.staged(Buffer.alloc(0));
      await subject.store.promote(key, digest(Buffer.alloc(0)), 0);
      expect(await sizeOf(subject.store.openBlob(digest(Buffer.alloc(0))))).toBe(0);
    });

    it('stores small bytes directly, again and again, and only under their own digest', async () => {
      const bytes = Buffer.from(`manifest ${randomUUID()}`);
      await Promise.all([subject.store.putBlob(digest(bytes), bytes), subject.other.putBlob(digest(bytes), bytes)]);
      await subject.store.putBlob(digest(bytes), bytes);
      expect(sameBytes(await read(await subject.other.openBlob(digest(bytes))), bytes)).toBe(true);
      const stranger = digest(randomBytes(8));
      await expect(subject.store.putBlob(stranger, bytes)).rejects.toThrow('digest');
      expect(await subject.store.openBlob(stranger)).toBeNull();
    });
  });
}
