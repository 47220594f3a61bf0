import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { chunks, collect } from './bytes.js';
import { mebi, distantFuture, distantPast, freshKey, digest, type StoreSubject } from './subject.js';

/** What the reaper lists and removes. */
export function describeListing(subject: StoreSubject): void {
  describe('listing and removal', () => {
    it('lists staged bytes and open uploads once each, by age', async () => {
      const whole = await subject.staged(randomBytes(10));
      const open = freshKey();
      const { handle } = await subject.store.begin(open);
      await subject.store.appendStaged(open, handle, 0, chunks(randomBytes(6 * mebi + 1)));
      const listed = await collect(subject.other.listStaged(distantFuture));
      for (const key of [whole, open]) expect(listed.filter((found) => found === key)).toEqual([key]);
      expect(await collect(subject.other.listStaged(distantPast))).toEqual([]);
      for (const key of listed) await subject.other.discard(key);
      expect(await collect(subject.store.listStaged(distantFuture))).toEqual([]);
    });

    it('lists blobs by age and removes them in batches, absent ones too', async () => {
      const blobs = Array.from({ length: 25 }, () => randomBytes(20));
      for (const bytes of blobs) await subject.store.putBlob(digest(bytes), bytes);
      const names = blobs.map(digest);
      const listed = await collect(subject.other.listBlobs(distantFuture));
      expect(listed.map(({ sha256, size }) => ({ sha256, size }))).toEqual(
        expect.arrayContaining(names.map((sha256) => ({ sha256, size: 20 }))),
      );
      expect(listed.map(({ sha256 }) => sha256)).toEqual(listed.map(({ sha256 }) => sha256).sort());
      for (const { changed } of listed) expect(Math.abs(Date.now() - changed.getTime())).toBeLessThan(86_400_000);
      expect(await collect(subject.other.listBlobs(distantPast))).toEqual([]);
      const [kept, ...removed] = names;
      await subject.store.removeBlobs([...removed, digest(randomBytes(9))]);
      await subject.store.removeBlobs(removed);
      await subject.store.removeBlobs([]);
      const left = (await collect(subject.other.listBlobs(distantFuture))).map(({ sha256 }) => sha256);
      expect(left).toContain(kept);
      for (const name of removed) expect(left).not.toContain(name);
      expect(await subject.store.openBlob(removed[0] ?? digest(Buffer.alloc(1)))).toBeNull();
    });
  });
}
