import { describe, expect, it } from '@jest/globals';
import { consistencyRanges, emptyRoot, inclusionRanges, joinSubtrees, leafHash, nodeHash, subtreesOf, type Hash } from './merkle.js';
import { growingTiles, growTiles, parseTilePath, rangeRoots, tileKey, tilePath, tilesOfRanges, type Tile } from './tiles.js';
import { isConsistent, rootFromInclusion } from './verify-proof.js';

const leaves = Array.from({ length: 1_300 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)));

/** The definition of RFC 6962 section 2.1, word for word. */
function definedRoot(d: readonly Hash[]): Hash {
  if (d.length === 0) return emptyRoot;
  if (d.length === 1) return d[0] as Hash;
  let k = 1;
  while (k * 2 < d.length) k *= 2;
  return nodeHash(definedRoot(d.slice(0, k)), definedRoot(d.slice(k)));
}

/** A stored tree that grows by irregular steps. */
function grown(size: number): readonly Tile[] {
  const stored = new Map<string, Tile>();
  for (let n = 0, step = 1; n < size; n += step, step = (step * 7) % 301) {
    step = Math.min(Math.max(step, 1), size - n);
    const growing = growingTiles(n).map((tile) => stored.get(tileKey(tile)) as Tile);
    for (const tile of growTiles(n, growing, leaves.slice(n, n + step))) stored.set(tileKey(tile), tile);
  }
  return [...stored.values()];
}

const hex = (hash: Hash | null | undefined): string => Buffer.from(hash ?? []).toString('hex');
const stored = grown(leaves.length);
const root = (size: number): Hash => joinSubtrees(rangeRoots(subtreesAsRanges(size), stored));

function subtreesAsRanges(size: number) {
  return subtreesOf({ from: 0, to: size }).map(({ level, index }) => ({ from: index * 2 ** level, to: (index + 1) * 2 ** level }));
}

describe('the tree of the log', () => {
  it('begins as RFC 6962 says', () => {
    expect(hex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    // test vector of RFC 6962 implementations: the hash of an empty leaf
    expect(hex(leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  });

  it.each([0, 1, 2, 3, 5, 8, 255, 256, 257, 511, 512, 700, 1_299, 1_300])(
    'of %d leaves has the defined root, whatever steps it grew by',
    (size) => {
      expect(hex(root(size))).toBe(hex(definedRoot(leaves.slice(0, size))));
    },
  );

  it('is stored in full tiles and one growing tile per level', () => {
    expect(stored.map(({ level, index, hashes }) => [level, index, hashes.length / 32])).toEqual(
      expect.arrayContaining([
        [0, 0, 256],
        [0, 5, 20],
        [1, 0, 5],
      ]),
    );
    expect(stored).toHaveLength(7);
  });

  it('says when a stored tile is damaged', () => {
    const cut = stored.map((tile) => (tileKey(tile) === '0/5' ? { ...tile, hashes: tile.hashes.subarray(0, 32) } : tile));
    expect(() => rangeRoots([{ from: 1_280, to: 1_300 }], cut)).toThrow('tile 0/5 of the log is incomplete');
    expect(() => growTiles(1_300, cut, leaves.slice(0, 1))).toThrow('does not hold 20 hashes');
  });
});

describe('proofs', () => {
  const prove = (ranges: ReturnType<typeof inclusionRanges>) => {
    const needed = new Set(tilesOfRanges(ranges).map(tileKey));
    return rangeRoots(
      ranges,
      stored.filter((tile) => needed.has(tileKey(tile))),
    );
  };

  it('of inclusion lead from every leaf to the root, and nowhere else', () => {
    for (const size of [1, 2, 3, 7, 64, 257, 1_000, 1_300]) {
      for (let index = 0; index < size; index += Math.max(1, Math.floor(size / 23))) {
        const proof = prove(inclusionRanges(index, size));
        const leaf = leaves[index] as Hash;
        expect(hex(rootFromInclusion(leaf, index, size, proof))).toBe(hex(root(size)));
        expect(rootFromInclusion(leaf, index, size, [...proof, leaf])).toBeNull();
        if (proof.length > 0) expect(rootFromInclusion(leaf, index, size, proof.slice(1))).toBeNull();
        if (size > 1) expect(hex(rootFromInclusion(leafHash(Buffer.from('other')), index, size, proof))).not.toBe(hex(root(size)));
      }
    }
  });

  it('of consistency hold between every two sizes, and fail for every other root', () => {
    const sizes = [0, 1, 2, 3, 4, 6, 8, 37, 255, 256, 257, 437, 1_024, 1_299, 1_300];
    for (const older of sizes) {
      for (const newer of sizes.filter((size) => size >= older)) {
        const proof = prove(consistencyRanges(older, newer));
        const [first, second] = [
          { size: older, root: root(older) },
          { size: newer, root: root(newer) },
        ];
        expect(isConsistent(first, second, proof)).toBe(true);
        const forged = { size: newer, root: leafHash(Buffer.from('forged')) };
        if (older > 0) expect(isConsistent(first, forged, proof)).toBe(false);
        if (older > 0) expect(isConsistent({ size: older, root: leafHash(Buffer.from('x')) }, second, proof)).toBe(false);
        expect(isConsistent(first, second, [...proof, second.root])).toBe(false);
        if (proof.length > 0) expect(isConsistent(first, second, proof.slice(0, -1))).toBe(false);
      }
    }
  });

  it('exist only of leaves and sizes that there are', () => {
    expect(() => inclusionRanges(5, 5)).toThrow('there is no leaf 5 in a tree of 5');
    expect(() => consistencyRanges(6, 5)).toThrow('not the beginning');
    expect(isConsistent({ size: 6, root: emptyRoot }, { size: 5, root: emptyRoot }, [])).toBe(false);
  });
});

describe('paths of tiles', () => {
  it.each([
    [0, 0, 256, 'tile/0/000'],
    [1, 5, 17, 'tile/1/005.p/17'],
    ['entries', 1_234_067, 256, 'tile/entries/x001/x234/067'],
  ] as const)('level %s, index %d, width %d is %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level: level === 'entries' ? null : level, index, width });
  });

  it.each([
    'tile/0/0',
    'tile/0/x000/001',
    'tile/0/000.p/256',
    'tile/0/000.p/0',
    'tile/0/000.p/010',
    'tile/00/000',
    'tile/-1/000',
    'tile/0/001/x002',
    'tile/0/000/',
  ])('there is no %s', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });
});
