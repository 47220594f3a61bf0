import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantOf } from '@muniment/domain';
import type { StoreMarker } from '@muniment/application';
import { collect } from './bytes.js';
import { distantFuture, type StoreSubject } from './subject.js';

const fresh = (): StoreMarker => ({ storeId: randomUUID(), createdAt: instantOf(new Date()) });

/** How a store says which one it is. */
export function describeMarker(subject: StoreSubject): void {
  describe('the marker', () => {
    it('is absent at first, is kept, and is what every process sees', async () => {
      expect([await subject.store.marker(), await subject.other.marker()]).toEqual([null, null]);
      const first = fresh();
      expect(await subject.store.mark(first)).toEqual(first);
      expect([await subject.store.marker(), await subject.other.marker()]).toEqual([first, first]);
      expect(await subject.other.mark(fresh())).toEqual(first);
      expect(await subject.store.mark(fresh())).toEqual(first);
      expect(await subject.other.marker()).toEqual(first);
    });

    it('is neither a blob nor staged, and outlives a probe', async () => {
      const before = await subject.store.marker();
      await subject.store.check();
      const listed = [
        ...(await collect(subject.store.listStaged(distantFuture))),
        ...(await collect(subject.store.listBlobs(distantFuture))),
      ];
      expect(JSON.stringify(listed)).not.toContain('muniment-store');
      expect(await subject.store.marker()).toEqual(before);
      expect(subject.store.location).not.toBe('');
    });
  });
}
