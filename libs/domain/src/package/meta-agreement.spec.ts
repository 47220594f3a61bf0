import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import { aMember, blakeA, blakeB, declaring, shaA, shaB } from '../spec-support/states.js';
import { assertMetaAgrees, assertMetaListsWheels } from './meta-agreement.js';

const blob = { sha256: shaA, blake3: blakeA, size: 10 };
const path = 'docs/ci-archive/20260301-7/wheelhouse-3.11.tgz';

describe('a .meta record agrees with its file', () => {
  it('when it declares nothing', () => {
    expect(() => assertMetaAgrees(declaring(), path, blob)).not.toThrow();
  });

  it('when everything it declares is so; the name is that of the last path segment', () => {
    const declares = declaring({ name: 'wheelhouse-3.11.tgz', sha256: shaA, blake3: blakeA, size: 10 });
    expect(() => assertMetaAgrees(declares, path, blob)).not.toThrow();
  });

  it('about a BLAKE3 that nobody knows yet', () => {
    expect(() => assertMetaAgrees(declaring({ blake3: blakeB }), path, { ...blob, blake3: null })).not.toThrow();
  });

  it('when a size of zero is zero', () => {
    expect(() => assertMetaAgrees(declaring({ size: 0 }), path, { ...blob, size: 0 })).not.toThrow();
    expect(refusalOf(() => assertMetaAgrees(declaring({ size: 0 }), path, blob)).facts['fields']).toEqual(['size']);
  });
});

describe('a .meta record disagrees with its file', () => {
  it.each([
    ['name', declaring({ name: 'wheelhouse-3.12.tgz' })],
    ['sha256', declaring({ sha256: shaB })],
    ['blake3', declaring({ blake3: blakeB })],
    ['size', declaring({ size: 11 })],
  ])('about its %s', (field, declares) => {
    const refusal = refusalOf(() => assertMetaAgrees(declares, path, blob));
    expect([refusal.code, refusal.facts]).toEqual(['meta_disagrees', { path, fields: [field] }]);
    expect(refusal.message).toContain(field);
  });

  it('and names everything that differs at once', () => {
    const declares = declaring({ name: 'x', sha256: shaB, blake3: blakeB, size: 1 });
    expect(refusalOf(() => assertMetaAgrees(declares, path, blob)).facts['fields']).toEqual(['name', 'sha256', 'blake3', 'size']);
  });
});

describe('the wheel list of a .meta record', () => {
  const members = [aMember('.wheelhouse/a-1.0-py3-none-any.whl'), aMember('b-1.0-py3-none-any.whl'), aMember('pins.txt')];

  it('agrees with the wheels of the archive, in any order and whatever folder they are in', () => {
    const wheels = ['b-1.0-py3-none-any.whl', 'a-1.0-py3-none-any.whl'];
    expect(() => assertMetaListsWheels(declaring({ wheels }), path, members)).not.toThrow();
  });

  it('is not looked at when there is none, or nothing to compare it with', () => {
    expect(() => assertMetaListsWheels(declaring(), path, members)).not.toThrow();
    expect(() => assertMetaListsWheels(declaring({ wheels: ['x.whl'] }), path, null)).not.toThrow();
  });

  it('tells what is missing and what is too much', () => {
    const refusal = refusalOf(() => assertMetaListsWheels(declaring({ wheels: ['a-1.0-py3-none-any.whl', 'c.whl'] }), path, members));
    expect([refusal.code, refusal.facts]).toEqual([
      'meta_disagrees',
      { path, fields: ['wheels'], missing: ['c.whl'], extra: ['b-1.0-py3-none-any.whl'] },
    ]);
  });

  it('names at most twenty, however many there are', () => {
    const wheels = Array.from({ length: 500 }, (_, n) => `w${n}.whl`);
    expect(refusalOf(() => assertMetaListsWheels(declaring({ wheels }), path, members)).facts['missing']).toHaveLength(20);
  });
});
