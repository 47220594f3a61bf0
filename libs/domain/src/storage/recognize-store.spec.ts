import { describe, expect, it } from '@jest/globals';
import { mayBeMarked, recognizeStore } from './recognize-store.js';

describe('a store is recognized by its marker', () => {
  it.each([
    ['a', 'a', 'ours'],
    ['a', 'b', 'other_store'],
    ['a', null, 'unmarked'],
  ] as const)('on record %s, found %s: %s', (expected, found, verdict) => {
    expect(recognizeStore(expected, found)).toBe(verdict);
  });
});

describe('a store without marker', () => {
  it.each([
    ['of an archive without bytes may be marked while it is empty', { sought: 0, found: 0, empty: true }, 'mark'],
    ['that holds bytes is not that of an archive without any', { sought: 0, found: 0, empty: false }, 'strange_bytes'],
    ['that holds what the archive refers to may be marked', { sought: 16, found: 16, empty: false }, 'mark'],
    ['that lost half of it may be marked', { sought: 3, found: 2, empty: false }, 'mark'],
    ['that has exactly half of it may be marked', { sought: 2, found: 1, empty: false }, 'mark'],
    ['that has little of it is another one, with some of the same contents', { sought: 16, found: 7, empty: false }, 'bytes_lacking'],
    ['that is empty is a volume that is not mounted', { sought: 1, found: 0, empty: true }, 'bytes_lacking'],
  ] as const)('%s', (_, evidence, verdict) => {
    expect(mayBeMarked(evidence)).toBe(verdict);
  });
});
