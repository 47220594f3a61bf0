import { describe, expect, it } from '@jest/globals';
import { acting, demoted, given, gone, held, inTrash, marked, promoted, records, restored } from '../spec-support/retention.js';
import { demote, promote } from './curate.js';
import { evolveAll } from './evolve.js';

const told = { actor: records.actor, reason: null };

describe('promote', () => {
  it('puts the package into the curated set', () => {
    expect(promote(given(), acting(10))).toEqual([promoted(10)]);
  });

  it('ends an eligibility in its own event', () => {
    const before = given(marked(1_000));
    expect(evolveAll(before, promote(before, acting(2_000)), told)).toMatchObject({
      eligibleSince: null,
      curatedSince: acting(2_000).time,
    });
  });

  it('brings a package back from the trash', () => {
    expect(promote(inTrash(), acting(1_600))).toEqual([promoted(1_600), restored(1_600, 'promoted')]);
  });

  it('does nothing for what is in the set or gone', () => {
    expect(promote(given(promoted(5)), acting(10))).toEqual([]);
    expect(promote(gone(), acting(3_100))).toEqual([]);
  });
});

describe('demote', () => {
  it('before the expiry only takes the package out of the set', () => {
    expect(demote(given(promoted(5)), 'superseded', acting(10))).toEqual([demoted(10)]);
  });

  it('after the expiry makes the package eligible in the same append', () => {
    expect(demote(given(promoted(5)), 'superseded', acting(2_000))).toEqual([demoted(2_000), marked(2_000)]);
  });

  it('says why', () => {
    expect(demote(given(promoted(5)), 'validation_failed', acting(10))[0]?.payload).toMatchObject({ cause: 'validation_failed' });
  });

  it('leaves a held package alone', () => {
    expect(demote(given(promoted(5), held('h1', 6)), 'superseded', acting(2_000))).toEqual([demoted(2_000)]);
  });

  it('does nothing for what is not in the set', () => {
    expect(demote(given(), 'superseded', acting(2_000))).toEqual([]);
    expect(demote(given(promoted(5), demoted(6)), 'superseded', acting(2_000))).toEqual([]);
  });
});
