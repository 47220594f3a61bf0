import { describe, expect, it } from '@jest/globals';
import { Refusal } from '../errors.js';
import { instantOf } from '../instant.js';
import type { StatementKind } from './events.js';
import { assertAttested, publishable } from './publishable.js';
import { attestationFailure, attestationPhase, type AttestationStanding, type SignedPart } from './standing.js';

const noon = instantOf(new Date('2026-11-21T12:00:00Z'));
const later = instantOf(new Date('2026-11-21T13:00:00Z'));

function signed(statement: StatementKind, change: Partial<SignedPart> = {}): SignedPart {
  return { statement, aboutRevision: 5, part: 1, parts: 1, signedAt: noon, keyCompromisedAt: null, ...change };
}

function standing(change: Partial<AttestationStanding> = {}): AttestationStanding {
  return {
    packageId: '0193-package',
    repository: 'acme/widgets',
    version: null,
    finalized: true,
    due: [],
    signed: [signed('archive-receipt')],
    ...change,
  };
}

const due = (statement: StatementKind, code: 'no_signer' | 'signing_failed' | null = null) => ({
  statement,
  aboutRevision: 5,
  failure: code && { code, at: noon },
});
const missing = (of: AttestationStanding) =>
  publishable(of, true).missing.map(({ statement, reason, failure }) => [statement, reason, failure]);

describe('a package that must be attested', () => {
  it('may be published when its receipt is signed', () => {
    expect(publishable(standing(), true)).toEqual({ required: true, satisfied: true, missing: [] });
    expect(() => assertAttested(standing(), true)).not.toThrow();
  });

  it('needs its release signed too when it has a version', () => {
    const released = standing({ version: '1.0' });
    expect(publishable(released, true)).toMatchObject({ satisfied: false, missing: [{ statement: 'release', reason: 'absent' }] });
    expect(missing({ ...released, signed: [...released.signed, signed('release')] })).toEqual([]);
  });

  it('may not before it is finalized, while nobody signed, and while signing fails', () => {
    expect(missing(standing({ version: '1.0', finalized: false, signed: [] }))).toEqual([
      ['archive-receipt', 'not_finalized', null],
      ['release', 'not_finalized', null],
    ]);
    const halfDone = standing({ version: '1.0', signed: [], due: [due('archive-receipt'), due('release', 'no_signer')] });
    expect(missing(halfDone)).toEqual([
      ['archive-receipt', 'due', null],
      ['release', 'failed', 'no_signer'],
    ]);
    expect(publishable(halfDone, true).satisfied).toBe(false);
  });

  it('is not held up by what a validation calls for, nor helped by it', () => {
    const summary = due('verification-summary', 'signing_failed');
    expect(publishable(standing({ due: [summary] }), true).satisfied).toBe(true);
    expect(missing(standing({ signed: [signed('verification-summary'), signed('test-result')] }))).toEqual([
      ['archive-receipt', 'absent', null],
    ]);
  });

  it('needs all parts of one statement about one event', () => {
    const part = (change: Partial<SignedPart>): SignedPart => signed('archive-receipt', { parts: 3, ...change });
    const two = [part({ part: 1 }), part({ part: 3 }), part({ part: 3 })];
    expect(missing(standing({ signed: two }))).toEqual([['archive-receipt', 'absent', null]]);
    expect(missing(standing({ signed: [...two, part({ part: 2, aboutRevision: 9 })] }))).toEqual([['archive-receipt', 'absent', null]]);
    expect(missing(standing({ signed: [...two, part({ part: 2 })] }))).toEqual([]);
  });

  it('is not attested by a key that somebody else may have had when it signed, only by what the key signed before', () => {
    const stolen = (signedAt: typeof noon): SignedPart => signed('archive-receipt', { signedAt, keyCompromisedAt: noon });
    expect(missing(standing({ signed: [stolen(noon)] }))).toEqual([['archive-receipt', 'key_compromised', null]]);
    expect(missing(standing({ signed: [stolen(later)] }))).toEqual([['archive-receipt', 'key_compromised', null]]);
    expect(missing(standing({ signed: [stolen(instantOf(new Date('2026-11-21T11:59:59.999Z')))] }))).toEqual([]);
    expect(missing(standing({ signed: [stolen(later), signed('archive-receipt')] }))).toEqual([]);
  });

  it('with a part by such a key is as good as unsigned', () => {
    const parts = [1, 2].map((part) => signed('archive-receipt', { part, parts: 2, keyCompromisedAt: part === 2 ? noon : null }));
    expect(missing(standing({ signed: parts }))).toEqual([['archive-receipt', 'key_compromised', null]]);
  });

  it('is refused with each missing statement, why, and what to do', () => {
    const halfDone = standing({ version: '1.0', signed: [], due: [due('archive-receipt'), due('release', 'no_signer')] });
    const refusal = refusalOf(() => assertAttested(halfDone, true));
    expect([refusal.code, refusal.kind]).toEqual(['attestation_missing', 'conflict']);
    expect(refusal.message).toMatch(
      /^acme\/widgets publishes .* Package 0193-package lacks archive-receipt \(due\), release \(failed: no_signer\)\. The signer signs by itself.*The signer tries again/,
    );
    expect(refusal.facts).toEqual({
      package_id: '0193-package',
      repository: 'acme/widgets',
      missing: ['archive-receipt (due)', 'release (failed: no_signer)'],
    });
    const open = standing({ version: '1.0', finalized: false, signed: [] });
    expect(refusalOf(() => assertAttested(open, true)).message.match(/Finalize it/g)).toHaveLength(1);
    const stolen = standing({ signed: [signed('archive-receipt', { keyCompromisedAt: noon })] });
    expect(refusalOf(() => assertAttested(stolen, true)).message).toMatch(/Archive the files again/);
  });
});

describe('a package that need not be attested', () => {
  it('may be published, and what is missing is told all the same', () => {
    const failing = standing({ signed: [], due: [due('archive-receipt', 'signing_failed')] });
    const missing = [{ statement: 'archive-receipt', reason: 'failed', failure: 'signing_failed' }];
    expect(publishable(failing, false)).toEqual({ required: false, satisfied: true, missing });
    expect(() => assertAttested(failing, false)).not.toThrow();
  });
});

describe('how far attesting is', () => {
  it('is none before finalization, pending and failed while anything is due, and signed only with all that finalization calls for', () => {
    const phases = [
      standing({ finalized: false, signed: [] }),
      standing({ signed: [], due: [due('archive-receipt')] }),
      standing({ due: [due('test-result'), due('verification-summary', 'no_signer')] }),
      standing(),
      standing({ version: '1.0' }),
      standing({ signed: [signed('test-result')] }),
    ].map((one) => [attestationPhase(one), attestationFailure(one)]);
    expect(phases).toEqual([
      ['none', null],
      ['pending', null],
      ['failed', 'no_signer'],
      ['signed', null],
      ['none', null],
      ['none', null],
    ]);
  });
});

function refusalOf(act: () => void): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
