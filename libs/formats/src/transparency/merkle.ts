import { hash } from 'node:crypto';

/** A node of the tree: SHA-256, 32 bytes. */
export type Hash = Uint8Array;

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** Hash of a leaf (RFC 6962 section 2.1): the prefix keeps leaves and inner nodes apart. */
export function leafHash(entry: Uint8Array): Hash {
  return hash('sha256', Buffer.concat([leafPrefix, entry]), 'buffer');
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return hash('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer');
}

/** Root of a tree without leaves (RFC 6962 section 2.1). */
export const emptyRoot: Hash = hash('sha256', new Uint8Array(), 'buffer');

/** Leaves `from` (inclusive) to `to` (exclusive) of the log. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A complete subtree of 2^level leaves, the `index`-th of its level from the left. Its hash never changes once the tree has grown over it. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The complete subtrees that make up a range which itself is a subtree of the log, left to right: at most one per level. */
export function subtreesOf({ from, to }: Range): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  for (let start = from; start < to; ) {
    const level = levelWithin(to - start);
    const size = 2 ** level;
    subtrees.push({ level, index: start / size });
    start += size;
  }
  return subtrees;
}

/** Root over complete subtrees, left to right (RFC 6962 splits off the largest power of two, so the rest joins from the right). */
export function joinSubtrees(hashes: readonly Hash[]): Hash {
  const last = hashes.at(-1);
  if (last === undefined) return emptyRoot;
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** Level of the largest complete subtree of at most `n` leaves. Counted, because logarithms of large numbers round up. */
function levelWithin(n: number): number {
  let level = 0;
  for (let size = 2; size <= n; size *= 2) level++;
  return level;
}

/** Largest power of two smaller than `n`, for n > 1. */
function split(n: number): number {
  return 2 ** levelWithin(n - 1);
}

/** Ranges whose roots prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards (RFC 6962 section 2.1.1). */
export function inclusionRanges(index: number, size: number): readonly Range[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError(`there is no leaf ${index} in a tree of ${size}`);
  const ranges: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

/** Ranges whose roots prove that the tree of `older` leaves is the beginning of the tree of `newer` (RFC 6962 section 2.1.2). */
export function consistencyRanges(older: number, newer: number): readonly Range[] {
  if (older < 0 || older > newer) throw new RangeError(`a tree of ${older} leaves is not the beginning of one of ${newer}`);
  if (older === 0 || older === newer) return [];
  const ranges: Range[] = [];
  let [from, to, whole] = [0, newer, true];
  while (older !== to) {
    const middle = from + split(to - from);
    if (older <= middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
      whole = false;
    }
  }
  if (!whole) ranges.push({ from, to });
  return ranges.reverse();
}
