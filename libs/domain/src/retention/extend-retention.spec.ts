import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import { acting, after, expiry, extended, given, gone, held, inTrash, marked, opened, restored } from '../spec-support/retention.js';
import { evolveAll } from './evolve.js';
import { extendRetention } from './extend-retention.js';

describe('extend retention', () => {
  it('moves the expiry later', () => {
    expect(extendRetention(given(), after(5_000), acting(10))).toEqual([extended(5_000, 10)]);
  });

  it('counts from the latest extension', () => {
    const facts = extendRetention(given(extended(5_000, 10)), after(6_000), acting(20));
    expect(facts).toEqual([extended(6_000, 20, after(5_000))]);
  });

  it('ends an eligibility in its own event', () => {
    const before = given(marked(1_000));
    const facts = extendRetention(before, after(5_000), acting(2_000));
    expect(facts).toEqual([extended(5_000, 2_000)]);
    expect(evolveAll(before, facts, { actor: 'a', reason: 'r' })).toMatchObject({ eligibleSince: null, expiresAt: after(5_000) });
  });

  it('brings a package back from the trash', () => {
    const facts = extendRetention(inTrash(), after(5_000), acting(1_600));
    expect(facts).toEqual([extended(5_000, 1_600), restored(1_600, 'extended')]);
  });

  it('works beside a hold', () => {
    expect(extendRetention(given(held('h1', 5)), after(5_000), acting(10))).toEqual([extended(5_000, 10)]);
  });

  it.each([
    ['earlier than the expiry', after(999), 10],
    ['the expiry itself', expiry, 10],
    ['later than the expiry, but over', after(1_500), 1_600],
    ['later than the expiry, and over this very moment', after(1_500), 1_500],
  ])('refuses an expiry that is %s', (_, until, now) => {
    expect(refusalOf(() => extendRetention(given(), until, acting(now))).code).toBe('extension_not_later');
  });

  it('tells the expiry it must be later than', () => {
    expect(refusalOf(() => extendRetention(given(), expiry, acting(10))).facts).toEqual({ current_expires_at: expiry });
  });

  it('refuses to extend what keeps for ever', () => {
    expect(refusalOf(() => extendRetention(opened(null), after(5_000), acting(10))).code).toBe('retention_permanent');
  });

  it('refuses to extend what is gone', () => {
    expect(refusalOf(() => extendRetention(gone(), after(5_000), acting(3_100))).code).toBe('package_collected');
  });
});
