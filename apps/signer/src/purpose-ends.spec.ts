import { describe, expect, it } from '@jest/globals';
import type { SigningKey } from '@muniment/application';
import { instantOf } from '@muniment/domain';
import { purposeEnds } from './purpose-ends.js';

const start = Date.parse('2027-01-01T00:00:00.000Z');
const day = 86_400_000;
const on = (days: number | null) => (days === null ? null : instantOf(new Date(start + days * day)));

/** A key that signs from one day until another; null: without such an end. */
const key = (from: number | null, to: number | null, change: Partial<SigningKey> = {}): SigningKey => ({
  name: 'k',
  purpose: 'attestation',
  algorithm: 'ecdsa-p256-sha256',
  keyId: 'SHA256:k',
  publicKey: '',
  notBefore: on(from),
  notAfter: on(to),
  compromisedAt: null,
  ...change,
});

/** Days from `now` (a day) on until nothing signs, by purpose. */
function ends(keys: readonly SigningKey[], now = 0): Readonly<Record<string, number>> {
  const at = start + now * day;
  return Object.fromEntries(purposeEnds({ keys, identities: [] }, at).map((end) => [end.purpose, (end.at - at) / day]));
}

describe('the end of the keys of a purpose', () => {
  it('is that of the last one', () => {
    expect(ends([key(null, 20), key(-5, 10)])).toEqual({ attestation: 20 });
    expect(ends([key(null, 20)], 19)).toEqual({ attestation: 1 });
  });

  it('is none when one never ends', () => {
    expect(ends([key(null, 20), key(10, null)])).toEqual({});
  });

  it('comes before a gap, whatever begins after it', () => {
    expect(ends([key(null, 20), key(20, 40), key(41, null)])).toEqual({ attestation: 40 });
  });

  it('lies in the past when none signs any more, and is now when none signs yet', () => {
    expect(ends([key(null, 20), key(-5, 10)], 25)).toEqual({ attestation: -5 });
    expect(ends([key(30, null)])).toEqual({ attestation: 0 });
  });

  it('has come when the only key is compromised, and has not when there is a successor', () => {
    const stolen = key(null, 400, { compromisedAt: on(-2) });
    expect(ends([stolen])).toEqual({ attestation: -2 });
    expect(ends([stolen, key(-1, 90)])).toEqual({ attestation: 90 });
  });

  it('is told for each purpose by itself, and identities count as attestation keys', () => {
    expect(ends([key(null, 20), key(null, 30, { purpose: 'log' })])).toEqual({ attestation: 20, log: 30 });
    const identity = {
      name: 'i',
      identity: 'https://archive.example',
      issuer: 'https://issuer.example',
      notBefore: on(20),
      notAfter: on(50),
    };
    expect(purposeEnds({ keys: [key(null, 20)], identities: [identity] }, start)).toEqual([
      { purpose: 'attestation', at: start + 50 * day },
    ]);
  });
});
