import { describe, expect, it } from '@jest/globals';
import {
  after,
  collected,
  demoted,
  extended,
  given,
  held,
  marked,
  promoted,
  released,
  restored,
  trashed,
} from '../spec-support/retention.js';
import { evolveRetention } from './evolve.js';

describe('the retention state', () => {
  it('begins with the class and its expiry', () => {
    expect(given()).toEqual({
      retentionClass: 'raw-evidence',
      expiresAt: after(1_000),
      eligibleSince: null,
      holds: [],
      releasedHolds: [],
      extension: null,
      curatedSince: null,
      trash: null,
      restoredAt: null,
      collectedAt: null,
    });
  });

  it('remembers who extended it and why', () => {
    expect(given(extended(5_000, 10))).toMatchObject({
      expiresAt: after(5_000),
      extension: { actor: 'token:records', reason: 'audit', at: after(10) },
    });
  });

  it('counts holds, and knows those that ended', () => {
    const state = given(held('h1', 5), held('h2', 6), released('h1', 7, 1));
    expect(state.holds.map(({ holdId }) => holdId)).toEqual(['h2']);
    expect(state.releasedHolds).toEqual(['h1']);
  });

  it.each([
    ['an extension', extended(5_000, 2_000)],
    ['a hold', held('h1', 2_000)],
    ['a promotion', promoted(2_000)],
  ])('loses its mark with %s', (_, fact) => {
    expect(given(marked(1_000)).eligibleSince).toBe(after(1_000));
    expect(given(marked(1_000), fact).eligibleSince).toBeNull();
  });

  it('keeps its mark in the trash and out of it', () => {
    expect(given(marked(1_000), trashed(1_500, 2_000))).toMatchObject({
      eligibleSince: after(1_000),
      trash: { since: after(1_500), purgeAfter: after(2_000) },
    });
    expect(given(marked(1_000), trashed(1_500, 2_000), restored(1_600, 'asked'))).toMatchObject({
      eligibleSince: after(1_000),
      trash: null,
      restoredAt: after(1_600),
    });
  });

  it('follows promotion, demotion and collection', () => {
    expect(given(promoted(5)).curatedSince).toBe(after(5));
    expect(given(promoted(5), demoted(6)).curatedSince).toBeNull();
    expect(given(marked(1_000), trashed(1_500, 2_000), collected(3_000)).collectedAt).toBe(after(3_000));
  });

  it('cannot begin with anything but the class', () => {
    expect(() => evolveRetention(null, marked(1_000), { actor: 'a', reason: null })).toThrow(/before the retention class/);
  });
});
