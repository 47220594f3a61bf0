import { posix, win32 } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../errors.js';
import { refusalOf } from '../spec-support/refused.js';
import { counterpartPath, isMetaPath, parseFilePath, wayOf, type FilePath } from './path.js';

describe('a file path', () => {
  it.each(['wheelhouse-3.11.tgz', 'docs/ci-archive/20260301-7/report.json', '...', '.hidden', 'a b', 'ünïcode/é', 'c:relative', '~'])(
    'may be %s',
    (text) => {
      expect(parseFilePath(text)).toBe(text);
    },
  );

  it.each([
    ['empty', ''],
    ['absolute', '/etc/passwd'],
    ['a folder', 'docs/'],
    ['double slashes', 'a//b'],
    ['the folder itself', '.'],
    ['a dot segment', 'a/./b'],
    ['going up', '..'],
    ['going up inside', 'a/../b'],
    ['going up at the end', 'a/..'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\nb'],
    ['a NUL', 'a\u0000'],
    ['DEL', 'a\u007f'],
    ['half a surrogate pair', 'a\ud800b'],
    ['not NFC', 'e\u0301'],
    ['too long', 'a'.repeat(1025)],
    ['too long in UTF-8', 'é'.repeat(513)],
  ])('may not be %s', (_, text) => {
    expect(refusalOf(() => parseFilePath(text)).code).toBe('path_invalid');
  });

  it('may be as long as the limit', () => {
    expect(parseFilePath('a'.repeat(1024))).toHaveLength(1024);
    expect(parseFilePath('é'.repeat(512))).toHaveLength(512);
  });

  it('never names anything outside its package, nor the same file as another path, on any system', () => {
    const segment = fc.oneof(
      fc.constantFrom('..', '.', '', 'a', 'b', '\\', '...', '. ', '..\u0000', '%2e%2e', 'é'),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        const text = segments.join('/');
        let path: string;
        try {
          path = parseFilePath(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
          return;
        }
        expect(posix.normalize(path)).toBe(path);
        expect(posix.isAbsolute(path)).toBe(false);
        expect(posix.relative('/package', posix.resolve('/package', path))).toBe(path);
        expect(win32.normalize(path).split('\\')).not.toContain('..');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the .meta pair', () => {
  it.each([
    ['x.tgz', 'x.tgz.meta'],
    ['a/x.tgz', 'a/x.tgz.meta'],
    ['.meta', '.meta.meta'],
  ])('%s stands beside %s', (file, record) => {
    expect(counterpartPath(parseFilePath(file))).toBe(record);
    expect(counterpartPath(parseFilePath(record))).toBe(file);
    expect([isMetaPath(file), isMetaPath(record)]).toEqual([false, true]);
  });

  it('is symmetric for every path', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.]{1,6}(\/[a-z.]{1,6})?(\.meta)?$/), (text) => {
        fc.pre(!text.split('/').some((s) => s === '.' || s === '..'));
        const path = parseFilePath(text);
        expect(counterpartPath(counterpartPath(path))).toBe(path);
        expect(isMetaPath(path)).not.toBe(isMetaPath(counterpartPath(path)));
      }),
    );
  });
});

describe('what is in the way of a path', () => {
  const blocks = (path: FilePath, other: FilePath): boolean => {
    const { files, folders } = wayOf(path);
    return files.includes(other) || folders.some((folder) => other.startsWith(`${folder}/`));
  };
  const at = (text: string): FilePath => parseFilePath(text);

  it.each([
    ['a/b', 'a'],
    ['a/b/c.whl', 'a'],
    ['a.meta/b', 'a.meta'],
    ['a.meta/b', 'a'],
    ['d/a.meta/b/c', 'd/a'],
  ])('%s and %s exclude each other', (one, other) => {
    expect([blocks(at(one), at(other)), blocks(at(other), at(one))]).toEqual([true, true]);
  });

  it.each([
    ['a', 'a'],
    ['a', 'a.meta'],
    ['a/b', 'ab'],
    ['a/b', 'a-'],
    ['a/b', 'a0'],
    ['a/b', 'a.b'],
    ['a/b', 'a/c'],
    ['a/b', 'A'],
  ])('%s and %s do not', (one, other) => {
    expect([blocks(at(one), at(other)), blocks(at(other), at(one))]).toEqual([false, false]);
  });

  it('is the same seen from either, and exactly what a file system with all records could not hold', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'a.meta', 'b.meta'), { minLength: 1, maxLength: 4 })
      .map((segments) => parseFilePath(segments.join('/')));
    const names = (p: FilePath): readonly string[] => (isMetaPath(p) ? [p] : [p, `${p}.meta`]);
    fc.assert(
      fc.property(path, path, (one, other) => {
        const within = (x: string, y: string): boolean => x.startsWith(`${y}/`);
        const impossible = names(one).some((x) => names(other).some((y) => within(x, y) || within(y, x)));
        expect([blocks(one, other), blocks(other, one)]).toEqual([impossible, impossible]);
      }),
      { numRuns: 2000 },
    );
  });
});
