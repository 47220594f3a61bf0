import { describe, expect, it } from '@jest/globals';
import type { KeyState } from '../keys/announce-key.js';
import { plusSeconds } from '../instant.js';
import { refusalOf } from '../spec-support/refused.js';
import { now } from '../spec-support/states.js';
import { assertMayBeReplaced, attestAgain, type SignedPackage } from './attest-again.js';

const key = (change: Partial<KeyState['announced']> = {}, compromised = false): KeyState => ({
  revision: 1,
  announced: {
    ...{ key_id: 'A', name: 'a', purpose: 'attestation', algorithm: 'ecdsa-p256-sha256', public_key: 'pem' },
    ...{ not_before: null, not_after: null, announced_at: now },
    ...change,
  },
  compromisedAt: compromised ? now : null,
});

describe('a key that is to be replaced', () => {
  it('is one that signs no more: compromised, or past its time', () => {
    expect(() => assertMayBeReplaced(key({}, true), 'A', now)).not.toThrow();
    expect(() => assertMayBeReplaced(key({ not_after: now }), 'A', now)).not.toThrow();
    expect(() => assertMayBeReplaced(key({ purpose: 'release' }, true), 'A', now)).not.toThrow();
  });

  it.each([
    ['nobody announced', null, 'key_not_found'],
    ['still signs', key(), 'key_in_use'],
    ['signs a little longer', key({ not_after: plusSeconds(now, 1) }), 'key_in_use'],
    ['signs checkpoints', key({ purpose: 'log' }, true), 'key_signs_no_packages'],
  ])('is not one that %s', (_, state, code) => {
    expect(refusalOf(() => assertMayBeReplaced(state, 'A', now)).code).toBe(code);
  });
});

describe('what is asked for again', () => {
  const by = (keyId: string, attestationId = keyId, aboutRevision = 9): SignedPackage['attestations'][number] => ({
    ...{ attestationId, statement: 'archive-receipt', aboutRevision, keyId },
  });
  const signed = (change: Partial<SignedPackage>): SignedPackage => ({
    ...{ packageId: 'p', repository: 'acme/widgets', name: 'w', revision: 12 },
    ...{ attestations: [], signatures: [], due: [], filesDue: [], ...change },
  });
  /** Revisions of the statements that are asked for, paths of files, and how many wait already. */
  const again = (
    change: Partial<SignedPackage>,
    compromised: readonly string[] = ['A'],
  ): readonly [readonly (number | string)[], number] => {
    const { request, waiting } = attestAgain(signed(change), 'A', new Set(compromised), now);
    const { statements = [], paths = [] } = request?.payload ?? {};
    return [[...statements.map(({ about_revision }) => about_revision), ...paths], waiting];
  };

  it('is what nobody else signed', () => {
    expect(again({ attestations: [by('A')] })).toEqual([[9], 0]);
    expect(again({ attestations: [by('A'), by('A', 'later', 14)] })).toEqual([[9, 14], 0]);
    expect(again({ attestations: [by('B')] })).toEqual([[], 0]);
    expect(
      again({
        signatures: [
          { path: 'a', keyId: 'A' },
          { path: 'b', keyId: 'B' },
        ],
      }),
    ).toEqual([['a'], 0]);
  });

  it('is not what a key that counts signed as well; a compromised one does not count', () => {
    expect(again({ attestations: [by('A'), by('B')] })).toEqual([[], 0]);
    expect(again({ attestations: [by('A'), by('B')] }, ['A', 'B'])).toEqual([[9], 0]);
    expect(
      again({
        signatures: [
          { path: 'a', keyId: 'B' },
          { path: 'a', keyId: 'A' },
        ],
      }),
    ).toEqual([[], 0]);
    expect(
      again(
        {
          signatures: [
            { path: 'a', keyId: 'B' },
            { path: 'a', keyId: 'A' },
          ],
        },
        ['A', 'B'],
      ),
    ).toEqual([['a'], 0]);
  });

  it('is asked for once: what is due already waits', () => {
    expect(again({ attestations: [by('A')], due: [{ statement: 'archive-receipt', aboutRevision: 9 }] })).toEqual([[], 1]);
    expect(again({ attestations: [by('A')], due: [{ statement: 'archive-receipt', aboutRevision: 14 }] })).toEqual([[9], 0]);
    expect(again({ signatures: [{ path: 'a', keyId: 'A' }], filesDue: ['a'] })).toEqual([[], 1]);
  });

  it('is a statement whose parts several keys signed, when one of them is the key', () => {
    expect(again({ attestations: [by('A', 'one'), by('B', 'one')] })).toEqual([[9], 0]);
    expect(again({ attestations: [by('A', 'one'), by('B', 'one'), by('B', 'two'), by('C', 'two')] })).toEqual([[], 0]);
  });
});
