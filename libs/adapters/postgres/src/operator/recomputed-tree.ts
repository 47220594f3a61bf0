import { growingTiles, growTiles, rangeRoots, tileKey, emptyRoot, type Hash, type Tile } from '@muniment/formats';

/** A tree that is computed anew from its leaves, in memory that does not grow with it: of each level only the tile that is not full. */
export class RecomputedTree {
  size = 0;
  private edge = new Map<string, Tile>();

  /** Adds leaves; returns every tile that changed, whole. */
  add(leaves: readonly Hash[]): readonly Tile[] {
    const changed = growTiles(this.size, [...this.edge.values()], leaves);
    this.size += leaves.length;
    const latest = new Map([...this.edge, ...changed.map((tile) => [tileKey(tile), tile] as const)]);
    this.edge = new Map(growingTiles(this.size).flatMap((tile) => entryOf(latest, tileKey(tile))));
    return changed;
  }

  root(): Hash {
    return this.size === 0 ? emptyRoot : (rangeRoots([{ from: 0, to: this.size }], [...this.edge.values()])[0] ?? emptyRoot);
  }
}

function entryOf(tiles: ReadonlyMap<string, Tile>, key: string): readonly (readonly [string, Tile])[] {
  const tile = tiles.get(key);
  return tile === undefined ? [] : [[key, tile]];
}
