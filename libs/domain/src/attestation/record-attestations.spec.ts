import { describe, expect, it } from '@jest/globals';
import { blakeA, now, shaA } from '../spec-support/states.js';
import type { AttestationSigned } from './events.js';
import { recordAttestations } from './record-attestations.js';
import { signedKey, timesSigned, type AttestationState } from './state.js';

const due = { statement: 'archive-receipt', aboutRevision: 9, failure: null } as const;
const state = (change: Partial<AttestationState> = {}): AttestationState => ({
  ...{ packageId: 'p', repository: 'acme/widgets', revision: 12, due: [due] },
  ...{ signed: new Set<string>(), signatures: new Set<string>(), filesDue: new Set<string>(), evidence: new Set<string>() },
  ...change,
});

function signed(key_id: string, name: string, part = 1, parts = 1): AttestationSigned {
  const about = { attestation_id: 'one', statement: 'archive-receipt', predicate_type: 'x', about_revision: 9 } as const;
  const evidence = [{ name, media_type: 'x', sha256: shaA, blake3: blakeA, size: 1 }];
  return { type: 'v1.attestation.signed', payload: { ...about, part, parts, key_id, signed_at: now, evidence } };
}
const accepted = (given: AttestationState, ...facts: readonly AttestationSigned[]): readonly (readonly [string, number])[] =>
  recordAttestations(given, facts).map(({ payload }) => [payload.key_id, payload.part]);

describe('an attestation is accepted', () => {
  it('of a statement that is due, with all its parts', () => {
    expect(accepted(state(), signed('A', 'r9'))).toEqual([['A', 1]]);
    expect(accepted(state({ due: [] }), signed('A', 'r9'))).toEqual([]);
    const both = [signed('A', 'r9.p1of2', 1, 2), signed('A', 'r9.p2of2', 2, 2)];
    expect(accepted(state(), ...both)).toEqual([
      ['A', 1],
      ['A', 2],
    ]);
    expect(accepted(state(), ...both.slice(1))).toEqual([]);
  });

  it('when it is due again, by another key than those that signed it', () => {
    const again = state({ signed: new Set([signedKey('archive-receipt', 9, 'A')]), evidence: new Set(['r9']) });
    expect(accepted(again, signed('A', 'r9.again1'))).toEqual([]);
    expect(accepted(again, signed('B', 'r9.again1'))).toEqual([['B', 1]]);
  });

  it('under names that no evidence has, and else not at all', () => {
    const taken = state({ evidence: new Set(['r9.p2of2']) });
    expect(accepted(taken, signed('B', 'r9.p1of2', 1, 2), signed('B', 'r9.p2of2', 2, 2))).toEqual([]);
  });
});

it('how often a statement was signed is told by its keys', () => {
  const keys = [signedKey('archive-receipt', 9, 'A'), signedKey('archive-receipt', 9, 'B')];
  const others = [signedKey('archive-receipt', 99, 'A'), signedKey('release', 9, 'A')];
  expect(timesSigned({ signed: new Set([...keys, ...others]) }, due)).toBe(2);
  expect(timesSigned({ signed: new Set(others) }, due)).toBe(0);
});
