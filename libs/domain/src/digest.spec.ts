import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseBlake3, parseSha256, sameBlob, sha256Name } from './digest.js';
import { refusalOf } from './spec-support/refused.js';
import { blakeA, blakeB, shaA, shaB } from './spec-support/states.js';

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);

describe('a digest', () => {
  it('is the same in either case, with and without its prefix', () => {
    fc.assert(
      fc.property(hex, (digits) => {
        for (const text of [digits, digits.toUpperCase(), `sha256:${digits}`, `SHA256:${digits.toUpperCase()}`]) {
          expect(parseSha256(text)).toBe(digits);
        }
        expect(parseBlake3(`blake3:${digits}`)).toBe(digits);
        expect(parseSha256(sha256Name(parseSha256(digits)))).toBe(digits);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['too short', 'a'.repeat(63)],
    ['too long', 'a'.repeat(65)],
    ['not hexadecimal', 'g'.repeat(64)],
    ['surrounded by space', ` ${'a'.repeat(64)}`],
    ['followed by a line break', `${'a'.repeat(64)}\n`],
    ['two prefixes', `sha256:sha256:${'a'.repeat(64)}`],
    ['a prefix of something else', `sha512:${'a'.repeat(64)}`],
  ])('is not %s', (_, text) => {
    expect(refusalOf(() => parseSha256(text)).code).toBe('digest_malformed');
    expect(refusalOf(() => parseBlake3(text)).code).toBe('digest_malformed');
  });

  it('of one kind is not taken for the other', () => {
    expect(refusalOf(() => parseBlake3(`sha256:${'a'.repeat(64)}`)).code).toBe('digest_malformed');
    expect(refusalOf(() => parseSha256(`blake3:${'a'.repeat(64)}`)).code).toBe('digest_malformed');
  });
});

describe('the same blob', () => {
  const blob = { sha256: shaA, blake3: blakeA, size: 10 };

  it('agrees in everything that is known', () => {
    expect(sameBlob(blob, blob)).toBe(true);
    expect(sameBlob(blob, { ...blob, blake3: null })).toBe(true);
  });

  it.each([{ sha256: shaB }, { blake3: blakeB }, { size: 11 }])('does not differ: %j', (change) => {
    expect(sameBlob(blob, { ...blob, ...change })).toBe(false);
  });
});
