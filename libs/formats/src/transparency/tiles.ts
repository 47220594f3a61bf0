import { joinSubtrees, nodeHash, subtreesOf, type Hash, type Range, type Subtree } from './merkle.js';

/** Hashes a full tile holds (C2SP tlog-tiles: height 8). */
export const tileWidth = 256;
const tileHeight = 8;
const hashBytes = 32;

/** Tile (level, index) holds the roots of `tileWidth` neighbouring subtrees of 2^(8·level) leaves each. */
export interface TileCoordinate {
  readonly level: number;
  readonly index: number;
}

export interface Tile extends TileCoordinate {
  /** 32 bytes per hash; shorter than 256 hashes while the tile is growing. */
  readonly hashes: Uint8Array;
}

export const tileKey = ({ level, index }: TileCoordinate): string => `${level}/${index}`;

/** Tiles that hold what the roots of these ranges need: read them all at once. */
export function tilesOfRanges(ranges: readonly Range[]): readonly TileCoordinate[] {
  const tiles = new Map<string, TileCoordinate>();
  for (const subtree of ranges.flatMap(subtreesOf)) {
    const { tile } = placeOf(subtree);
    tiles.set(tileKey(tile), tile);
  }
  return [...tiles.values()];
}

/** Root of each range, from tiles that {@link tilesOfRanges} named. Throws when one is missing or too short: the stored tree is damaged. */
export function rangeRoots(ranges: readonly Range[], tiles: readonly Tile[]): readonly Hash[] {
  const byKey = new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]));
  return ranges.map((range) => joinSubtrees(subtreesOf(range).map((subtree) => subtreeRoot(subtree, byKey))));
}

function subtreeRoot(subtree: Subtree, tiles: ReadonlyMap<string, Uint8Array>): Hash {
  const { tile, offset, count } = placeOf(subtree);
  const hashes = tiles.get(tileKey(tile));
  if (hashes === undefined || hashes.length < (offset + count) * hashBytes)
    throw new Error(`tile ${tileKey(tile)} of the log is incomplete`);
  return rootOf(hashes.subarray(offset * hashBytes, (offset + count) * hashBytes));
}

function placeOf({ level, index }: Subtree): { readonly tile: TileCoordinate; readonly offset: number; readonly count: number } {
  const count = 2 ** (level % tileHeight);
  const start = index * count;
  return { tile: { level: Math.floor(level / tileHeight), index: Math.floor(start / tileWidth) }, offset: start % tileWidth, count };
}

/** Root of a power of two of neighbouring hashes. */
function rootOf(hashes: Uint8Array): Hash {
  let row = Array.from({ length: hashes.length / hashBytes }, (_, i): Hash => hashes.subarray(i * hashBytes, (i + 1) * hashBytes));
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(at(row, 2 * i), at(row, 2 * i + 1)));
  return at(row, 0);
}

function at(row: readonly Hash[], index: number): Hash {
  const hash = row[index];
  if (hash === undefined) throw new RangeError('a tile holds a power of two of hashes here');
  return hash;
}

/** Tiles that grow when leaves are added to a tree of `size`: the rightmost of each level that there is. */
export function growingTiles(size: number): readonly TileCoordinate[] {
  const tiles: TileCoordinate[] = [];
  for (let [level, width] = [0, size]; width > 0; level++, width = Math.floor(width / tileWidth)) {
    if (width % tileWidth !== 0) tiles.push({ level, index: Math.floor(width / tileWidth) });
  }
  return tiles;
}

/** The tiles that change when these leaf hashes are added to a tree of `size`, whole, lower levels first. `growing` are the tiles {@link growingTiles} named. */
export function growTiles(size: number, growing: readonly Tile[], leaves: readonly Hash[]): readonly Tile[] {
  const partial = new Map(growing.map((tile) => [tileKey(tile), tile.hashes]));
  const changed: Tile[] = [];
  let [fresh, width] = [leaves, size];
  for (let level = 0; fresh.length > 0; level++) {
    const rising: Hash[] = [];
    for (let taken = 0; taken < fresh.length; ) {
      const index = Math.floor((width + taken) / tileWidth);
      const held = (width + taken) % tileWidth;
      const before = held === 0 ? new Uint8Array() : partial.get(tileKey({ level, index }));
      if (before?.length !== held * hashBytes) throw new Error(`tile ${level}/${index} of the log does not hold ${held} hashes`);
      const added = fresh.slice(taken, taken + tileWidth - held);
      const hashes = Buffer.concat([before, ...added]);
      changed.push({ level, index, hashes });
      if (held + added.length === tileWidth) rising.push(rootOf(hashes));
      taken += added.length;
    }
    [fresh, width] = [rising, Math.floor(width / tileWidth)];
  }
  return changed;
}

/** Path of a tile below the log's address: `tile/<level>/<index>[.p/<width>]` with the index in groups of three digits (C2SP tlog-tiles). */
export function tilePath(level: number | 'entries', index: number, width: number = tileWidth): string {
  const groups = String(index)
    .padStart(Math.ceil(String(index).length / 3) * 3, '0')
    .match(/\d{3}/g) ?? ['000'];
  const encoded = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${encoded}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The coordinate a path names, or null for what is no tile path. `level` is null for entry bundles. */
export function parseTilePath(path: string): { readonly level: number | null; readonly index: number; readonly width: number } | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (!match) return null;
  const [, level = '', encoded = '', partial] = match;
  const index = Number(encoded.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? tileWidth : Number(partial);
  const canonical =
    width >= 1 &&
    (partial === undefined || width < tileWidth) &&
    tilePath(level === 'entries' ? level : Number(level), index, width) === path;
  return canonical ? { level: level === 'entries' ? null : Number(level), index, width } : null;
}
