import { leafHash, logEntry, tileWidth, type Hash, type Tile } from '@muniment/formats';
import type { StoredLeaf } from '../log-tree/leaf-rows.js';

/** How far an event may have been moved and still be recognised. */
export const farthestShift = 16;
const mostFindings = 20;
const hashBytes = 32;

/** What is wrong with an event, told by the leaf that the tree holds in its place. */
export interface LeafFinding {
  readonly kind: 'edited' | 'removed' | 'inserted' | 'renumbered';
  readonly sequence: number;
}

/** Stored leaf hashes of the stretch that is being compared. */
export class StoredLeaves {
  private readonly byIndex: ReadonlyMap<number, Uint8Array>;

  constructor(tiles: readonly Tile[]) {
    this.byIndex = new Map(tiles.filter(({ level }) => level === 0).map(({ index, hashes }) => [index, hashes]));
  }

  of(sequence: number): Hash | null {
    const index = sequence - 1;
    const tile = this.byIndex.get(Math.floor(index / tileWidth));
    const start = (index % tileWidth) * hashBytes;
    return index < 0 || tile === undefined || tile.length < start + hashBytes ? null : tile.subarray(start, start + hashBytes);
  }
}

/** Compares events with the leaves of the tree, in order, and works out what was done to them. */
export class LeafFindings {
  readonly first: LeafFinding[] = [];
  count = 0;
  /** How many places before its own the present event stands: events were removed in front of it (positive) or put in (negative). */
  private shift = 0;
  private editedRun: LeafFinding[] = [];

  missing(sequence: number): void {
    this.add({ kind: 'removed', sequence });
  }

  compare(leaf: StoredLeaf, stored: StoredLeaves): void {
    const sequence = Number(leaf.sequence);
    const shift = shiftOf(leaf, stored, this.shift);
    if (shift === null) {
      const finding: LeafFinding = { kind: 'edited', sequence };
      this.editedRun.push(finding);
      this.add(finding);
      return;
    }
    if (shift > this.shift) for (let n = 0; n < shift - this.shift; n++) this.add({ kind: 'removed', sequence: sequence + this.shift + n });
    if (shift < this.shift) this.relabelInserted(this.shift - shift);
    if (shift !== 0 && shift !== this.shift) this.add({ kind: 'renumbered', sequence });
    this.shift = shift;
    this.editedRun = [];
  }

  /** In words, for people. */
  told(): string {
    const listed = this.first
      .map(({ kind, sequence }) => (kind === 'renumbered' ? `renumbered from ${sequence} on` : `${kind} ${sequence}`))
      .join(', ');
    return this.count > this.first.length ? `${listed} and ${this.count - this.first.length} more` : listed;
  }

  /** What looked edited right before the others turned out to have moved back was put in between. */
  private relabelInserted(places: number): void {
    for (const finding of this.editedRun.slice(-places)) {
      const at = this.first.indexOf(finding);
      if (at >= 0) this.first[at] = { ...finding, kind: 'inserted' };
    }
  }

  private add(finding: LeafFinding): void {
    this.count++;
    if (this.first.length < mostFindings) this.first.push(finding);
  }
}

/** Where the event stood when the tree took it in, relative to where it stands now; null when it stood nowhere near like this. */
function shiftOf(leaf: StoredLeaf, stored: StoredLeaves, expected: number): number | null {
  const tried = [expected, 0];
  for (let distance = 1; distance <= farthestShift; distance++) tried.push(distance, -distance);
  return tried.find((shift) => isStored(leaf, shift, stored)) ?? null;
}

function isStored(leaf: StoredLeaf, shift: number, stored: StoredLeaves): boolean {
  const sequence = leaf.sequence + BigInt(shift);
  const hash = sequence < 1n ? null : stored.of(Number(sequence));
  return hash !== null && Buffer.compare(leafHash(logEntry({ ...leaf, sequence })), hash) === 0;
}
