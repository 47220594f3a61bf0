import { describe, expect, it } from '@jest/globals';
import { after, expiry, extended, given, gone, held, inTrash, marked, opened, promoted } from '../spec-support/retention.js';
import { explainRetention, type ReasonCode } from './explain.js';
import type { RetentionState } from './state.js';

const codesOf = (state: RetentionState, seconds: number): readonly ReasonCode[] =>
  explainRetention(state, after(seconds)).reasons.map(({ code }) => code);

describe('the explanation', () => {
  it.each<readonly [string, RetentionState, number, readonly ReasonCode[], boolean, string | null]>([
    ['a class keeps it', given(), 10, ['kept_by_class'], false, expiry],
    ['it keeps for ever', opened(null), 9_000, ['kept_for_ever'], false, null],
    ['an extension keeps it', given(extended(5_000, 10)), 2_000, ['kept_by_extension'], false, after(5_000)],
    ['its time is over and no sweep came', given(), 1_000, ['expired', 'eligible_for_deletion'], true, null],
    ['its time is over and it is marked', given(marked(1_200)), 1_300, ['expired', 'eligible_for_deletion'], true, null],
    ['it is held', given(held('h1', 5)), 2_000, ['held', 'expired'], false, null],
    ['it is held twice', given(held('h1', 5), held('h2', 6)), 10, ['held', 'held', 'kept_by_class'], false, expiry],
    ['it is curated', given(promoted(5)), 2_000, ['curated', 'expired'], false, null],
    ['it is held and curated', given(held('h1', 5), promoted(6)), 2_000, ['held', 'curated', 'expired'], false, null],
    ['it is in the trash', inTrash(), 1_600, ['in_trash', 'expired', 'eligible_for_deletion'], true, after(2_000)],
    ['its time in the trash is over', inTrash(), 2_000, ['in_trash', 'expired', 'eligible_for_deletion'], true, null],
    ['it is gone', gone(), 9_000, ['collected'], false, null],
    ['a sweep asked about a later time', given(marked(5_000)), 10, ['kept_by_class', 'eligible_for_deletion'], false, expiry],
  ])('names the rules when %s', (_, state, seconds, codes, eligible, nextChangeAt) => {
    expect(codesOf(state, seconds)).toEqual(codes);
    expect(explainRetention(state, after(seconds))).toMatchObject({ eligible, nextChangeAt });
  });

  it('names class, hold, person and reason in words', () => {
    const state = given(extended(5_000, 10), held('h1', 5));
    const [first, second] = explainRetention(state, after(20)).reasons;
    expect(first?.text).toBe(`Held by token:records since ${after(5)} (hold h1): audit`);
    expect(second?.text).toBe(`The extension by token:records (audit) keeps it until ${after(5_000)}.`);
    expect(explainRetention(given(), after(20)).reasons[0]?.text).toBe(`The class raw-evidence keeps it until ${expiry}.`);
  });

  it('never promises a collection before the expiry', () => {
    expect(explainRetention(given(marked(5_000)), after(10)).reasons.at(-1)?.text).toMatch(/no collection takes it before its expiry/);
    expect(explainRetention(given(marked(1_200)), after(1_300)).reasons.at(-1)?.text).toMatch(/a collection may take it/);
  });
});
