import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@muniment/domain';
import { decode, encode } from 'cbor2';
import fc from 'fast-check';
import { decodeCbor, encodeCbor } from './cbor.js';
import { encodeJcs } from './jcs.js';
import { parseStrictJson } from './strict-json.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
};

/** Appendix A of RFC 8949, the rows whose values are plain. */
const vectors: readonly (readonly [unknown, string])[] = [
  [0, '00'],
  [1, '01'],
  [10, '0a'],
  [23, '17'],
  [24, '1818'],
  [25, '1819'],
  [100, '1864'],
  [1000, '1903e8'],
  [1000000, '1a000f4240'],
  [1000000000000, '1b000000e8d4a51000'],
  [-1, '20'],
  [-10, '29'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  ['', '60'],
  ['a', '6161'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u00fc', '62c3bc'],
  ['\u6c34', '63e6b0b4'],
  ['\ud800\udd51', '64f0908591'],
  [[], '80'],
  [[1, 2, 3], '83010203'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
    '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
  ],
  [{}, 'a0'],
  [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  [['a', { b: 'c' }], '826161a161626163'],
  [{ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }, 'a56161614161626142616361436164614461656145'],
];

describe('encodeCbor and decodeCbor', () => {
  it.each(vectors)('agree with RFC 8949 appendix A on %j', (value, expected) => {
    expect(hex(encodeCbor(value))).toBe(expected);
    expect(decodeCbor(bytes(expected))).toEqual(value);
  });

  it('sort keys by their encoded bytes, so a shorter key comes first (4.2.1)', () => {
    expect(hex(encodeCbor({ aa: 1, b: 2, '': 3 }))).toBe('a3 60 03 6162 02 626161 01'.replaceAll(' ', ''));
  });

  it('keep the ends of the safe integers', () => {
    for (const n of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) expect(decodeCbor(encodeCbor(n))).toBe(n);
  });

  it('keep "__proto__" as an ordinary key', () => {
    const value = parseStrictJson('{"__proto__": {"x": 1}}');
    expect(encodeJcs(decodeCbor(encodeCbor(value)))).toBe('{"__proto__":{"x":1}}');
  });

  it.each([
    ['a float', 1.5],
    ['negative zero', -0],
    ['NaN', NaN],
    ['an unsafe integer', 2 ** 53],
    ['undefined', undefined],
    ['undefined inside', { a: undefined }],
    ['a hole', [1, , 2]],
    ['a bigint', 1n],
    ['a Map', new Map([[1, 2]])],
    ['a Date', new Date(0)],
    ['bytes', new Uint8Array(1)],
    ['a symbol key', { [Symbol('s')]: 1 }],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
  ])('do not encode %s', (_name, value) => {
    expect(() => encodeCbor(value)).toThrow(TypeError);
  });

  it.each([
    ['a long integer form', '1801'],
    ['a 64-bit form of a small length', '9b000000000000000101'],
    ['an indefinite list', '9f01ff'],
    ['an indefinite map', 'bf616101ff'],
    ['an indefinite text', '7f6161ff'],
    ['unsorted keys', 'a2616201616102'],
    ['a duplicate key', 'a2616101616102'],
    ['a key that is not text', 'a10102'],
    ['a float', 'fb3ff8000000000000'],
    ['a half float that is an integer', 'f93c00'],
    ['undefined', 'f7'],
    ['a simple value', 'f0'],
    ['a tag', 'c074323031332d30332d32315432303a30343a30305a'],
    ['a bignum', 'c249010000000000000000'],
    ['an unsafe integer', '1b0020000000000000'],
    ['a byte string', '4101'],
    ['invalid UTF-8', '61ff'],
    ['trailing bytes', '0000'],
    ['nothing', ''],
    ['a truncated text', '6261'],
    ['nesting without end', '81'.repeat(5000) + '00'],
  ])('refuse %s', (_name, text) => {
    expect(codeOf(() => decodeCbor(bytes(text)))).toBe('manifest_not_canonical');
  });

  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5 }),
    ),
  })).value;

  it('round-trip every plain value, and the JSON face says the same', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const encoded = encodeCbor(value);
        const decoded = decodeCbor(encoded);
        expect(encodeCbor(decoded)).toEqual(encoded);
        expect(encodeCbor(parseStrictJson(encodeJcs(value)))).toEqual(encoded);
        expect(encodeJcs(decoded)).toBe(encodeJcs(value));
      }),
    );
  });

  it('write what another encoder writes, byte for byte', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.constantFrom('\u{1F600}', '\uFFFD', '\u00e9'));
    const value = fc.oneof(
      plain,
      fc.dictionary(
        text,
        fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
        { maxKeys: 30 },
      ),
    );
    fc.assert(
      fc.property(value, (value) => {
        expect(hex(encodeCbor(value))).toBe(hex(encode(value, { cde: true })));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([23, 24, 255, 256, 65_535, 65_536])('write %d entries and characters with the shortest length', (length) => {
    const keys = Array.from({ length }, (_, n) => [`k${n}`, n] as const);
    for (const value of ['x'.repeat(length), '\u6c34'.repeat(length), keys.map(([, n]) => n), Object.fromEntries(keys)]) {
      expect(Buffer.compare(encodeCbor(value), encode(value, { cde: true }))).toBe(0);
    }
  });

  it.each([
    ['a negative integer beyond the safe ones', '3b001fffffffffffff'],
    ['the largest 64-bit integer', '1bffffffffffffffff'],
    ['text that claims to be longer than memory', '7bffffffffffffffff61'],
    ['a list that claims to be longer than memory', '9bffffffffffffffff00'],
    ['a map that ends within a key', 'a16261'],
    ['a key that is longer but sorts first by its bytes', 'a2626161016162 02'],
    ['a lone surrogate in UTF-8', '63eda080'],
    ['an overlong form in UTF-8', '62c080'],
    ['a reserved argument', '1c'],
  ])('refuse %s too', (_name, text) => {
    expect(codeOf(() => decodeCbor(bytes(text)))).toBe('manifest_not_canonical');
  });

  it('keep a byte order mark, which is text like any other', () => {
    expect(decodeCbor(encodeCbor('\ufeffa'))).toBe('\ufeffa');
  });

  /** A canonical form that was hit once or twice: near enough to be accepted by mistake. */
  const damaged = fc.tuple(plain, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }), fc.nat(3)).map(([value, hits, cut]) => {
    const all = Uint8Array.from(encodeCbor(value));
    for (const [at, byte] of hits) all[at % all.length] = byte;
    return all.subarray(0, all.length - Math.min(cut, all.length - 1));
  });

  it('read what another decoder reads, and refuse what it would write otherwise', () => {
    const options = {
      cde: true,
      rejectFloats: true,
      rejectUndefined: true,
      rejectSimple: true,
      rejectBigInts: true,
      ignoreGlobalTags: true,
    };
    const canonical = (input: Uint8Array): string | null => {
      try {
        const value: unknown = decode(input, { ...options, rejectDuplicateKeys: true, rejectStreaming: true });
        // It knows more forms than plain ones; encoding refuses those.
        return hex(encodeCbor(value)) === hex(input) ? hex(encode(value, { cde: true })) : null;
      } catch {
        return null;
      }
    };
    fc.assert(
      fc.property(damaged, (input) => {
        let read: string | null = null;
        try {
          read = hex(encodeCbor(decodeCbor(input)));
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
        expect(read).toBe(canonical(input));
      }),
      { numRuns: 500 },
    );
  });

  it('accept only what the encoder writes, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (input) => {
        let value: unknown;
        try {
          value = decodeCbor(input);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
          return;
        }
        expect(hex(encodeCbor(value))).toBe(hex(input));
      }),
      { numRuns: 2000 },
    );
  });
});
