import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf } from '../spec-support/refused.js';
import { acting, given, gone, held, inTrash, marked, promoted, records, released, restored } from '../spec-support/retention.js';
import { evolveAll } from './evolve.js';
import { applyHold, releaseHold } from './hold.js';

const told = { actor: records.actor, reason: 'audit' };

describe('apply a hold', () => {
  it('is a fact of its own', () => {
    expect(applyHold(given(), 'h1', acting(10))).toEqual([held('h1', 10)]);
  });

  it('adds to other holds', () => {
    const state = evolveAll(given(held('h1', 10)), applyHold(given(held('h1', 10)), 'h2', acting(20)), told);
    expect(state.holds.map(({ holdId }) => holdId)).toEqual(['h1', 'h2']);
    expect(state.holds[0]).toMatchObject({ actor: 'token:records', reason: 'audit' });
  });

  it('ends an eligibility in its own event', () => {
    const before = given(marked(1_000));
    expect(evolveAll(before, applyHold(before, 'h1', acting(2_000)), told).eligibleSince).toBeNull();
  });

  it('brings a package back from the trash', () => {
    expect(applyHold(inTrash(), 'h1', acting(1_600))).toEqual([held('h1', 1_600), restored(1_600, 'held')]);
  });

  it('is applied once for one id, however often it is asked for', () => {
    expect(applyHold(given(held('h1', 10)), 'h1', acting(20))).toEqual([]);
    expect(applyHold(given(held('h1', 10), released('h1', 15)), 'h1', acting(20))).toEqual([]);
  });

  it('is refused when the files are gone', () => {
    expect(refusalOf(() => applyHold(gone(), 'h1', acting(3_100))).code).toBe('package_collected');
  });
});

describe('release a hold', () => {
  it('before the expiry only ends the hold', () => {
    expect(releaseHold(given(held('h1', 10)), 'h1', acting(20))).toEqual([released('h1', 20)]);
  });

  it('after the expiry makes the package eligible in the same append', () => {
    expect(releaseHold(given(held('h1', 10)), 'h1', acting(2_000))).toEqual([released('h1', 2_000), marked(2_000)]);
  });

  it('at the very expiry makes it eligible: the expiry is the first moment that is not kept', () => {
    expect(releaseHold(given(held('h1', 10)), 'h1', acting(1_000))).toHaveLength(2);
    expect(releaseHold(given(held('h1', 10)), 'h1', acting(999.999))).toHaveLength(1);
  });

  it('says how many go on, and lets them', () => {
    const facts = releaseHold(given(held('h1', 10), held('h2', 20)), 'h1', acting(2_000));
    expect(facts).toEqual([released('h1', 2_000, 1)]);
  });

  it('leaves a curated package alone', () => {
    expect(releaseHold(given(promoted(5), held('h1', 10)), 'h1', acting(2_000))).toEqual([released('h1', 2_000)]);
  });

  it.each([
    ['a hold of another package', given(held('h1', 10)), 'h2', 'hold_not_found'],
    ['no hold at all', given(), 'h1', 'hold_not_found'],
    ['a hold that has ended', given(held('h1', 10), released('h1', 20)), 'h1', 'hold_already_released'],
    ['a hold that has ended, after collection', given(held('h1', 10), released('h1', 20), marked(1_000)), 'h1', 'hold_already_released'],
  ])('is refused for %s', (_, state, holdId, code) => {
    expect(refusalOf(() => releaseHold(state, holdId, acting(30))).code).toBe(code);
  });

  it('of all holds after the expiry marks exactly once, in whatever order they end', () => {
    const ids = fc.uniqueArray(fc.stringMatching(/^h[0-9]{1,3}$/), { minLength: 1, maxLength: 8 });
    const orders = ids.chain((applied) => fc.tuple(fc.constant(applied), fc.shuffledSubarray(applied, { minLength: applied.length })));
    fc.assert(
      fc.property(orders, ([applied, ended]) => {
        let state = given(...applied.map((holdId, index) => held(holdId, index)));
        const marks = ended.map((holdId, index) => {
          const facts = releaseHold(state, holdId, acting(2_000 + index));
          state = evolveAll(state, facts, told);
          return facts.filter(({ type }) => type === 'v1.retention.deletion_eligible').length;
        });
        expect(marks).toEqual([...ended.slice(1).map(() => 0), 1]);
      }),
    );
  });
});
