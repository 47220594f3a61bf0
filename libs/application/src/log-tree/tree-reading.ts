import { consistencyRanges, emptyRoot, inclusionRanges, rangeRoots, tilesOfRanges, type Hash, type Range } from '@muniment/formats';
import type { LogTree } from '../ports/log-tree.js';

/** Roots of several lists of ranges, all read at once. */
async function rootsOf(tree: Pick<LogTree, 'tiles'>, ranges: readonly (readonly Range[])[]): Promise<readonly (readonly Hash[])[]> {
  const wanted = tilesOfRanges(ranges.flat());
  const tiles = wanted.length === 0 ? [] : await tree.tiles(wanted);
  return ranges.map((each) => rangeRoots(each, tiles));
}

const whole = (size: number): readonly Range[] => (size === 0 ? [] : [{ from: 0, to: size }]);

/** Proof that leaf `index` is in the tree of `size` leaves. The tree must have grown to that size. */
export async function proveInclusion(tree: Pick<LogTree, 'tiles'>, index: number, size: number): Promise<readonly Hash[]> {
  const [proof] = await rootsOf(tree, [inclusionRanges(index, size)]);
  return proof ?? [];
}

/** Root of the tree of `size` leaves, and for each older size the proof that that tree is its beginning. */
export async function proveConsistency(
  tree: Pick<LogTree, 'tiles'>,
  size: number,
  older: readonly number[],
): Promise<{ readonly root: Hash; readonly proofs: readonly (readonly Hash[])[] }> {
  const [root, ...proofs] = await rootsOf(tree, [whole(size), ...older.map((from) => consistencyRanges(from, size))]);
  return { root: root?.[0] ?? emptyRoot, proofs };
}
