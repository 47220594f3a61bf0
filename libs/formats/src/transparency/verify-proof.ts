import { nodeHash, type Hash } from './merkle.js';

/** Root that a leaf hash and its inclusion proof lead to (RFC 9162 section 2.1.3.2). Null when the proof has not the length that index and size ask for. */
export function rootFromInclusion(leaf: Hash, index: number, size: number, proof: readonly Hash[]): Hash | null {
  if (!Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  let [position, last, root] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return null;
    if (position % 2 === 1 || position === last) {
      root = nodeHash(sibling, root);
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      root = nodeHash(root, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 ? root : null;
}

/** Whether the older root is the beginning of the newer one (RFC 9162 section 2.1.4.2). */
export function isConsistent(
  older: { readonly size: number; readonly root: Hash },
  newer: { readonly size: number; readonly root: Hash },
  proof: readonly Hash[],
): boolean {
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  if (older.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let [position, last] = [older.size - 1, newer.size - 1];
  while (position % 2 === 1) [position, last] = [half(position), half(last)];
  let [oldRoot, newRoot] = [first, first];
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      [oldRoot, newRoot] = [nodeHash(sibling, oldRoot), nodeHash(sibling, newRoot)];
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else {
      newRoot = nodeHash(newRoot, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && same(oldRoot, older.root) && same(newRoot, newer.root);
}

function isPowerOfTwo(n: number): boolean {
  let power = 1;
  while (power < n) power *= 2;
  return power === n;
}

function half(n: number): number {
  return Math.floor(n / 2);
}

function same(a: Hash, b: Hash): boolean {
  return Buffer.compare(a, b) === 0;
}
