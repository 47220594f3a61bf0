import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@muniment/domain';
import fc from 'fast-check';
import { declarationOf } from './meta-declaration.js';
import { inMadeOrder, parseMeta, writeMeta } from './meta-record.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
};
const sha = 'a'.repeat(64);
const made = `name=wheelhouse-3.11.tgz
sha256=${sha}
size=1048576
created_at=2026-11-20T03:04:05Z
runner=Linux runner 6.8.0-1017-azure #20-Ubuntu SMP x86_64 GNU/Linux
python=Python 3.11.9
requirements_hash=${'b'.repeat(64)}
wheels=numpy-2.0.0-cp311-cp311-linux_x86_64.whl,pillow-10.0.0-cp311-cp311-linux_x86_64.whl
`;

describe('parseMeta', () => {
  it('reads what CI writes and writes back the same bytes', () => {
    const record = parseMeta(bytes(made));
    expect(record.entries.get('python')).toBe('Python 3.11.9');
    expect(Buffer.from(writeMeta([...record.entries])).toString()).toBe(made);
  });

  it('reads the colon syntax of the archive script', () => {
    const record = parseMeta(bytes(`run_id: 123\r\nsource: a=b: c\r\nnotes:\r\nsha256: ${sha}\r\n`));
    expect([...record.entries]).toEqual([
      ['run_id', '123'],
      ['source', 'a=b: c'],
      ['notes', ''],
      ['sha256', sha],
    ]);
  });

  it('reads both syntaxes line by line, keeps unknown keys in order, skips blank lines', () => {
    const record = parseMeta(bytes('zeta=1\n\nalpha: 2\n  \nname=x=y'));
    expect([...record.entries]).toEqual([
      ['zeta', '1'],
      ['alpha', '2'],
      ['name', 'x=y'],
    ]);
  });

  it.each([
    ['a line without separator', bytes('name\n')],
    ['a colon without space', bytes('name:x\n')],
    ['an empty key', bytes('=x\n')],
    ['a key with a space', bytes('my key=x\n')],
    ['a duplicate key', bytes('a=1\na: 2\n')],
    ['a NUL', bytes('a=\u0000\n')],
    ['a lone carriage return', bytes('a=1\rb=2\n')],
    ['an empty file', bytes('')],
    ['blank lines only', bytes('\n\n')],
    ['invalid UTF-8', Uint8Array.of(0x61, 0x3d, 0xff)],
    ['too many bytes', bytes('a=' + 'x'.repeat(256 * 1024))],
  ])('refuses %s', (_name, input) => {
    expect(codeOf(() => parseMeta(input))).toBe('meta_malformed');
  });

  it("takes the caller's byte bound", () => {
    expect(codeOf(() => parseMeta(bytes('a=12'), 4))).toBe('accepted');
    expect(codeOf(() => parseMeta(bytes('a=123'), 4))).toBe('meta_malformed');
  });
});

describe('writeMeta', () => {
  it.each([
    ['a line feed in a value', [['a', 'x\ny']]],
    ['a carriage return in a value', [['a', 'x\r']]],
    ['a malformed key', [['a=b', 'x']]],
    ['an empty key', [['', 'x']]],
    [
      'a duplicate key',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['no entries', []],
    ['a lone surrogate', [['a', '\ud800']]],
  ] as const)('refuses %s', (_name, entries) => {
    expect(codeOf(() => writeMeta(entries))).toBe('meta_malformed');
  });

  it('is read back as it was given', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/);

    const value = fc.string({ unit: 'grapheme' }).filter((v) => !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(v));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { minLength: 1, selector: ([k]) => k }), (entries) => {
        expect([...parseMeta(writeMeta(entries)).entries]).toEqual(entries);
      }),
    );
  });

  it('has a fixed order for the records the archive makes', () => {
    const given = ['run_id', 'wheels', 'size', 'blake3', 'git_commit', 'name', 'sha256', 'created_at'].map((k) => [k, '1'] as const);
    expect(inMadeOrder(given).map(([k]) => k)).toEqual([
      'name',
      'sha256',
      'blake3',
      'size',
      'created_at',
      'wheels',
      'run_id',
      'git_commit',
    ]);
  });
});

describe('declarationOf', () => {
  const declared = (text: string) => declarationOf(parseMeta(bytes(text)));

  it('reads name, digests, size and the wheel list', () => {
    expect(declared(made)).toEqual({
      name: 'wheelhouse-3.11.tgz',
      sha256: sha,
      blake3: null,
      size: 1048576,
      wheels: ['numpy-2.0.0-cp311-cp311-linux_x86_64.whl', 'pillow-10.0.0-cp311-cp311-linux_x86_64.whl'],
    });
  });

  it('declares nothing by absent keys, and the empty list by an empty one', () => {
    expect(declared('run_id=5')).toEqual({ name: null, sha256: null, blake3: null, size: null, wheels: null });
    expect(declared('wheels=').wheels).toEqual([]);
    expect(declared(`blake3=blake3:${sha.toUpperCase()}`).blake3).toBe(sha);
  });

  it.each(['sha256=abc', 'blake3=', 'size=1.5', 'size=-1', 'size=0x10', 'size=', 'size=99999999999999999', 'name=', 'wheels=a,,b'])(
    'refuses %s',
    (text) => {
      expect(codeOf(() => declared(text))).toBe('meta_malformed');
    },
  );
});
