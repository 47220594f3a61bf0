import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@muniment/domain';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.js';

const codeOf = (text: string, maxDepth?: number) => {
  try {
    parseStrictJson(text, maxDepth === undefined ? {} : { maxDepth });
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
};

describe('parseStrictJson', () => {
  it.each([
    ['{"a":1,"a":2}', 'json_duplicate_key'],
    ['{"a":1, "\\u0061" : 2}', 'json_duplicate_key'],
    ['[{"x":{"k":0,"k":0}}]', 'json_duplicate_key'],
    ['{"__proto__":1,"__proto__":2}', 'json_duplicate_key'],
    ['1.0', 'json_not_integer'],
    ['[1e3]', 'json_not_integer'],
    ['{"a":1.5}', 'json_not_integer'],
    ['-0', 'json_not_integer'],
    ['9007199254740992', 'json_not_integer'],
    ['-9007199254740992', 'json_not_integer'],
    ['1E400', 'json_not_integer'],
    ['', 'request_malformed'],
    ['{"a":}', 'request_malformed'],
    ['[1,]', 'request_malformed'],
    ['01', 'request_malformed'],
    ['NaN', 'request_malformed'],
    ["{'a':1}", 'request_malformed'],
    ['\ufeff{}', 'request_malformed'],
    ['{} {}', 'request_malformed'],
    ['"\\ud800"', 'request_malformed'],
    ['"\ud800"', 'request_malformed'],
    ['{"\\udc00x":1}', 'request_malformed'],
    ['['.repeat(65) + ']'.repeat(65), 'request_malformed'],
    ['{"a":'.repeat(100_000), 'request_malformed'],
    ['['.repeat(200_000) + ']'.repeat(200_000), 'request_malformed'],
  ])('refuses %.40j with %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each([
    '9007199254740991',
    '-9007199254740991',
    '0',
    '{"a":{"a":1},"b":{"a":2}}',
    '{"a":"a\\":1","b":"}{"}',
    '"\\ud83d\\ude00"',
    '{"":1," ":2}',
    '"1.5 {\\"a\\":1,\\"a\\":2}"',
    '['.repeat(64) + ']'.repeat(64),
    ' {\n"a" :\t[ true ,false, null ] } ',
  ])('accepts %s as JSON.parse reads it', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it('counts depth exactly', () => {
    expect(codeOf('[[1]]', 2)).toBe('accepted');
    expect(codeOf('[[1]]', 1)).toBe('request_malformed');
  });

  it('reads a long string without recursion', () => {
    const long = 'x'.repeat(3_000_000);
    expect(parseStrictJson(JSON.stringify(long))).toBe(long);
  });

  it('agrees with JSON.parse on everything it accepts, and accepts all plain values', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('value')),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 3 }), (plain, indent) => {
        const text = JSON.stringify(plain, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never accepts what JSON.parse refuses, whatever the text', () => {
    const soup = fc.array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'a', '1', '-', '.', 'e', ' ', 'true', 'null', '"k"'), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(soup, (parts) => {
        const text = parts.join('');
        if (codeOf(text) === 'accepted') expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });
});
