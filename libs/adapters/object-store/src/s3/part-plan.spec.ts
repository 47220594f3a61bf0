import { describe, expect, it } from '@jest/globals';
import {
  cutRanges,
  maxObjectBytes,
  maxParts,
  minPartBytes,
  plannedPartBytes,
  streamedPartBytes,
  worthwhilePartBytes,
} from './part-plan.js';

const mebi = 1024 * 1024;

describe('part plan', () => {
  it('fits the largest object into 10,000 parts of unknown total, none above 5 GiB', () => {
    const sizes = Array.from({ length: maxParts }, (_, index) => streamedPartBytes(index));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(maxObjectBytes);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * 1024 * mebi);
    expect(sizes.slice(0, 1000).every((size) => size === 8 * mebi)).toBe(true);
  });

  it('never sends a part the store would refuse, nor keeps a tail as long as a part', () => {
    for (const first of [5 * mebi, 8 * mebi]) {
      for (const index of [0, 999, 1000, 9999]) {
        expect(worthwhilePartBytes(index, first)).toBeGreaterThanOrEqual(minPartBytes);
        expect(worthwhilePartBytes(index, first)).toBeLessThanOrEqual(streamedPartBytes(index, first));
      }
    }
  });

  it.each([1, 8 * mebi, 8 * mebi + 1, 80_000 * mebi + 1, maxObjectBytes])('plans at most 10,000 parts for %i bytes', (size) => {
    const partBytes = plannedPartBytes(size);
    expect(Math.ceil(size / partBytes)).toBeLessThanOrEqual(maxParts);
    expect(partBytes).toBeGreaterThanOrEqual(8 * mebi);
  });

  it('cuts without gap or overlap', () => {
    expect(cutRanges(10, () => 4)).toEqual([
      { start: 0, end: 3 },
      { start: 4, end: 7 },
      { start: 8, end: 9 },
    ]);
    expect(cutRanges(6, (index) => (index === 0 ? 2 : 4))).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 5 },
    ]);
    expect(cutRanges(0, () => 4)).toEqual([]);
  });
});
