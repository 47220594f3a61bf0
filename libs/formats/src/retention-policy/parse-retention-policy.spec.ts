import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultRetentionPolicy } from '@muniment/domain';
import { parseRetentionPolicy } from './parse-retention-policy.js';
import { PolicyError } from './policy-error.js';

const parse = (text: string): ReturnType<typeof parseRetentionPolicy> => parseRetentionPolicy(new TextEncoder().encode(text));

function problemsOf(text: string | Uint8Array): readonly string[] {
  try {
    parseRetentionPolicy(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  } catch (error) {
    if (error instanceof PolicyError) return error.message.split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

describe('a retention policy file', () => {
  it('that says nothing leaves everything as it is shipped', () => {
    expect(parse('')).toEqual(defaultRetentionPolicy);
    expect(parse('# only a remark\n[classes]\n[curated]\n[classes.permanent-record]\n')).toEqual(defaultRetentionPolicy);
  });

  it('changes shipped classes in their place and adds own ones after them', () => {
    const { classes, curatedKeep } = parse(
      '[classes.nightly]\ndefault_duration_seconds = 259_200\n[classes.transient]\ndefault_duration_seconds = 60\n[curated]\nkeep = 0\n',
    );
    expect(curatedKeep).toBe(0);
    expect(classes.map(({ name }) => name)).toEqual([
      'transient',
      'raw-evidence',
      'summary-evidence',
      'release-evidence',
      'permanent-record',
      'nightly',
    ]);
    expect(classes[0]).toEqual({ name: 'transient', durationSeconds: 60 });
    expect(classes[1]).toEqual(defaultRetentionPolicy.classes[1]);
    expect(classes[4]).toEqual({ name: 'permanent-record', durationSeconds: null });
    expect(classes[5]).toEqual({ name: 'nightly', durationSeconds: 259_200 });
  });

  it.each([
    ['a dotted key', 'classes.brief.default_duration_seconds = 90'],
    ['an inline table', 'classes = {brief = {default_duration_seconds = 90}}'],
    ['quotes', '["classes".\'brief\']\n"default_duration_seconds" = 0x5A'],
  ])('may be spelled with %s', (_, text) => {
    expect(parse(text).classes.at(-1)).toEqual({ name: 'brief', durationSeconds: 90 });
  });

  it.each([
    ['an unknown section', 'x = 1', /^line 1, column 1, x: is no key of a retention policy/],
    [
      'an unknown key of a class',
      '[classes.a]\ndefault_duration_seconds = 1\nduration = 2',
      /^line 3, column 1, classes\.a\.duration: is no key/,
    ],
    [
      'a class below a class',
      '[classes.a]\ndefault_duration_seconds = 1\n[classes.a.b.c]',
      /^line 3, column 2, classes\.a\.b\.c: is no key/,
    ],
    [
      'a key below a duration',
      '[classes.a]\ndefault_duration_seconds.days = 1',
      /^line 2, column 1, classes\.a\.default_duration_seconds\.days: is no key/,
    ],
    ['an unknown key of the curated set', '[curated]\nkept = 3', /^line 2, column 1, curated\.kept: is no key/],
    ['a section that is no table', 'classes = 3', /^line 1, column 1, classes: must be a table$/],
    ['a list of classes', '[[classes]]\nname = "a"', /^line 1, column 3, classes\.0/],
    ['a curated set that is no table', 'curated = 3', /^line 1, column 1, curated: must be a table$/],
    ['a class without a duration', '\n[classes.a]', /^line 2, column 2, classes\.a: lacks default_duration_seconds$/],
    ['a shipped class without a duration', '[classes.transient]', /^line 1, column 2, classes\.transient: lacks/],
    [
      'a permanent record that ends',
      '[classes.permanent-record]\ndefault_duration_seconds = 1',
      /^line 2, .*permanent-record never expires/,
    ],
    ['a float', '[curated]\nkeep = 3.0', /^line 2, column 1, curated\.keep: must be a whole number from 0 to 1000$/],
    ['an infinite float', '[classes.a]\ndefault_duration_seconds = inf', /must be a whole number/],
    ['text for a number', '[classes.a]\ndefault_duration_seconds = "7 days"', /must be a whole number/],
    ['nothing', '[classes.a]\ndefault_duration_seconds = 0', /must be a whole number from 1/],
    ['less than nothing', '[curated]\nkeep = -1', /must be a whole number/],
    ['more than a thousand years', '[classes.a]\ndefault_duration_seconds = 31_536_000_001', /from 1 to 31536000000$/],
    ['a number no double holds', '[classes.a]\ndefault_duration_seconds = 99999999999999999999999999', /must be a whole number/],
    ['a key twice', '[curated]\nkeep = 1\nkeep = 2', /^line 3, column 1: /],
    ['a table twice', '[classes.a]\ndefault_duration_seconds = 1\n[classes.a]\n', /^line 3, column \d+: /],
    ['what is no TOML', '[curated]\nkeep =\n', /^line \d, column \d+: /],
    ['a shouting class', '[classes.Raw]\ndefault_duration_seconds = 1', /^line 1, column 2, classes\.Raw: a class is named by/],
    ['a class without a name', '[classes.""]\ndefault_duration_seconds = 1', /a class is named by/],
    ['a class called __proto__', '[classes.__proto__]\ndefault_duration_seconds = 1', /a class is named by/],
    ['a class with a long name', `[classes.${'a'.repeat(64)}]\ndefault_duration_seconds = 1`, /a class is named by/],
  ])('is refused for %s, with line and key', (_, text, problem) => {
    expect(problemsOf(text)).toContainEqual(expect.stringMatching(problem));
  });

  it('lists all problems in the order of the file', () => {
    const text = '[curated]\nkeep = -1\n[classes.a]\n[classes.b]\ndefault_duration_seconds = 1.5\nlength = 2\n';
    expect(problemsOf(text).map((problem) => problem.slice(0, 6))).toEqual(['line 2', 'line 3', 'line 5', 'line 6']);
  });

  it('is refused when it is larger than 64 KiB or not UTF-8', () => {
    expect(parse(`#${'x'.repeat(64 * 1024 - 1)}`)).toEqual(defaultRetentionPolicy);
    expect(problemsOf(`#${'x'.repeat(64 * 1024)}`)).toEqual(['line 1, column 1: the file is larger than 65536 bytes']);
    expect(problemsOf(new Uint8Array([0x23, 0xff]))).toEqual(['line 1, column 1: the file is not UTF-8']);
  });

  it('is either a policy or a list of problems, whatever the bytes', () => {
    const words = [
      '[classes.a]',
      '[[classes]]',
      '[curated]',
      'keep',
      'default_duration_seconds',
      'classes',
      '.',
      '=',
      '\n',
      '\r',
      '{',
      '}',
      ',',
    ];
    const odd = ['3', '3.0', '-', '"x"', "'''", '"', '"\\uD800"', '0x', '1979-05-27', 'inf', '[', ']', '#', '\0', 'é', 'true', '__proto__'];
    const text = fc
      .array(fc.constantFrom(...words, ...odd, ' '), { maxLength: 30 })
      .map((parts) => new TextEncoder().encode(parts.join('')));
    fc.assert(
      fc.property(fc.oneof(text, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        try {
          const { classes } = parseRetentionPolicy(bytes);
          expect(classes.slice(0, 5).map(({ name }) => name)).toEqual(defaultRetentionPolicy.classes.map(({ name }) => name));
        } catch (error) {
          if (!(error instanceof PolicyError)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
