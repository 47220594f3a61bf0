import { describe, expect, it } from '@jest/globals';
import {
  acting,
  after,
  demoted,
  expiry,
  given,
  gone,
  held,
  inTrash,
  marked,
  opened,
  promoted,
  released,
} from '../spec-support/retention.js';
import { eligibility, outOfTrash, withEligibility } from './re-evaluate.js';

describe('the mark', () => {
  it('is due from the expiry on', () => {
    expect(eligibility(given(), after(999.999))).toEqual([]);
    expect(eligibility(given(), expiry)).toEqual([marked(1_000)]);
    expect(eligibility(given(), after(9_000))).toEqual([marked(9_000)]);
  });

  it.each([
    ['is there already', given(marked(1_000))],
    ['would hit a held package', given(held('h1', 5))],
    ['would hit a curated package', given(promoted(5))],
    ['would hit what keeps for ever', opened(null)],
    ['would hit what is in the trash', inTrash()],
    ['would hit what is gone', gone()],
  ])('is not made when it %s', (_, state) => {
    expect(eligibility(state, after(9_000))).toEqual([]);
  });

  it('follows the facts that bring it about, and looks at the state after them', () => {
    const state = given(held('h1', 5), promoted(6));
    expect(withEligibility(state, [released('h1', 2_000)], acting(2_000))).toEqual([released('h1', 2_000)]);
    expect(withEligibility(state, [demoted(2_000)], acting(2_000))).toEqual([demoted(2_000)]);
    expect(withEligibility(state, [released('h1', 2_000), demoted(2_000)], acting(2_000))).toEqual([
      released('h1', 2_000),
      demoted(2_000),
      marked(2_000),
    ]);
  });
});

describe('out of the trash', () => {
  it('only comes what is in it', () => {
    expect(outOfTrash(given(marked(1_000)), 'held', after(1_600))).toEqual([]);
    expect(outOfTrash(inTrash(), 'held', after(1_600))).toHaveLength(1);
  });
});
