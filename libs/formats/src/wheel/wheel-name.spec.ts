import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@muniment/domain';
import fc from 'fast-check';
import { assertMetadataAgrees, parseMetadata } from './metadata.js';
import { normalizeProjectName } from './project-name.js';
import { canonicalVersion } from './project-version.js';
import { parseWheelName } from './wheel-name.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return 'accepted';
};

describe('parseWheelName', () => {
  it('reads the example of the format: a pure wheel for two Pythons', () => {
    expect(parseWheelName('dist/distribution-1.0-1-py2.py3-none-any.whl')).toEqual({
      name: 'distribution',
      version: '1.0',
      build: '1',
      tags: ['py2-none-any', 'py3-none-any'],
    });
  });

  it('expands compressed platform sets, whatever their order', () => {
    const a = parseWheelName('numpy-2.0.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl');
    const b = parseWheelName('numpy-2.0.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl');
    expect(a.tags).toEqual(['cp311-cp311-manylinux2014_x86_64', 'cp311-cp311-manylinux_2_17_x86_64']);
    expect(b.tags).toEqual(a.tags);
    expect(a.build).toBeNull();
  });

  it.each([
    'torch-2.3.0+cu118-cp311-cp311-linux_x86_64.whl',
    'torch-2.3.0+cu_118-cp311-cp311-linux_x86_64.whl',
    'x-0.0.0.dev5-py3-none-any.whl',
    'Foo.Bar_baz-1!2.0rc1.post3-0_abc-cp39.cp310-abi3-win_amd64.whl',
  ])('accepts %s', (name) => {
    expect(codeOf(() => parseWheelName(name))).toBe('accepted');
  });

  it.each([
    'x.zip',
    '.whl',
    'x-1.0-py3-none.whl',
    'x-1.0-1-2-py3-none-any.whl',
    '-1.0-py3-none-any.whl',
    'x-one-py3-none-any.whl',
    'x-1.0-b1-py3-none-any.whl',
    'x-1.0-py3--any.whl',
    'x-1.0-py3.-none-any.whl',
    'x y-1.0-py3-none-any.whl',
    `x-1.0-${Array.from({ length: 40 }, (_, i) => `py${i}`).join('.')}-${Array.from({ length: 40 }, (_, i) => `a${i}`).join('.')}-any.whl`,
  ])('refuses %.60s', (name) => {
    expect(codeOf(() => parseWheelName(name))).toBe('wheel_malformed');
  });

  it('gives as many tags as the sets multiply to, for any order of the sets', () => {
    const set = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(set, set, set, (p, a, m) => {
        const name = (x: string[], y: string[], z: string[]) => `n-1-${x.join('.')}-${y.join('.')}-${z.join('.')}.whl`;
        const tags = parseWheelName(name(p, a, m)).tags;
        expect(tags).toHaveLength(p.length * a.length * m.length);
        expect(parseWheelName(name(p.toReversed(), a.toReversed(), m.toReversed())).tags).toEqual(tags);
      }),
    );
  });
});

describe('canonicalVersion', () => {
  it.each([
    ['1.0', '1'],
    ['1.0.0', '1'],
    ['01.02', '1.2'],
    ['1.1RC1', '1.1rc1'],
    ['1.1-a', '1.1a0'],
    ['1.1.alpha-2', '1.1a2'],
    ['1.0-preview.3', '1rc3'],
    ['1.0-1', '1.post1'],
    ['1.2.r04', '1.2.post4'],
    ['1.2dev', '1.2.dev0'],
    ['0!1', '1'],
    ['v1.0', '1'],
    ['2!1.0+Ubuntu-01', '2!1+ubuntu.1'],
    ['1.0.0-alpha5', '1a5'],
  ])('spells %s as %s', (text, canonical) => {
    expect(canonicalVersion(text)).toBe(canonical);
    expect(canonicalVersion(canonical)).toBe(canonical);
  });

  it.each(['', 'one', '1..0', '1.0+', '1.0+a..b', '1.0-', '1.0 beta x'])('does not take %j for a version', (text) => {
    expect(canonicalVersion(text)).toBeNull();
  });
});

describe('parseMetadata', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const minimal = 'Metadata-Version: 2.1\nName: Foo-Bar\nVersion: 1.0\n';

  it('reads the headers, folded lines and repeated fields, and ignores the body', () => {
    const text =
      'Metadata-Version: 2.1\r\nName: Foo-Bar\r\nVersion: 1.0\r\nRequires-Python: >=3.9\r\nRequires-Dist: numpy\r\n' +
      'requires-dist: pillow (>=10)\r\n  ; extra == "x"\r\nSummary: ü: x\r\n\r\nName: not a header\r\n';
    expect(parseMetadata(bytes(text))).toEqual({
      name: 'Foo-Bar',
      version: '1.0',
      requiresPython: '>=3.9',
      requiresDist: ['numpy', 'pillow (>=10) ; extra == "x"'],
    });
  });

  it.each([
    ['no Name', bytes('Version: 1\n')],
    ['no Version', bytes('Name: x\n')],
    ['two Names', bytes(`${minimal}Name: y\n`)],
    ['a leading continuation', bytes(` x\n${minimal}`)],
    ['a line that is no header', bytes(`${minimal}what\n`)],
    ['invalid UTF-8', Uint8Array.of(0xff)],
    ['nothing', bytes('')],
  ])('refuses %s', (_name, input) => {
    expect(codeOf(() => parseMetadata(input))).toBe('wheel_malformed');
  });

  it('agrees with a file name that normalizes alike', () => {
    const metadata = parseMetadata(bytes(minimal));
    expect(normalizeProjectName('Foo-._Bar')).toBe('foo-bar');
    expect(codeOf(() => assertMetadataAgrees(metadata, parseWheelName('foo_bar-1.0.0-py3-none-any.whl')))).toBe('accepted');
    expect(codeOf(() => assertMetadataAgrees(metadata, parseWheelName('foo_baz-1.0-py3-none-any.whl')))).toBe('wheel_malformed');
    expect(codeOf(() => assertMetadataAgrees(metadata, parseWheelName('foo_bar-1.1-py3-none-any.whl')))).toBe('wheel_malformed');
  });
});
