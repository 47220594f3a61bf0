import type { Tile, TileCoordinate } from '@muniment/formats';

export interface Growth {
  /** Leaves of the tree afterwards. */
  readonly size: number;
  readonly added: number;
}

/**
 * The Merkle tree (RFC 6962) over the sequenced events, in tiles (C2SP tlog-tiles, docs/formats/log.md). It only grows: leaf N-1 is the entry of event N,
 * in order, and a hash that was stored never changes. One process at a time grows it, any number may try, and one that is killed half-way leaves
 * the tree as it was.
 */
export interface LogTree {
  /**
   * Adds the entries of the next sequenced events, at most `limit` (up to 20,000). Null when somebody else is growing it right now. Throws when the log
   * has a gap or the stored tree is damaged, and then changes nothing.
   */
  grow(limit: number): Promise<Growth | null>;
  /** Leaves so far. Tiles read afterwards hold at least these. */
  size(): Promise<number>;
  /** The tiles there are of those wanted, in any order; growing ones as far as they are. */
  tiles(wanted: readonly TileCoordinate[]): Promise<readonly Tile[]>;
  /** Entries of the leaves from (inclusive) to (exclusive), computed from the events; at most 256. */
  entries(from: number, to: number): Promise<readonly Uint8Array[]>;
}

/** A checkpoint that was signed and made known. */
export interface SignedCheckpoint {
  readonly size: number;
  /** The signed note with the log's own signatures. */
  readonly note: string;
  /** Signature lines that log witnesses added, each with its newline. */
  readonly cosignatures: readonly string[];
}

export interface NewCheckpoint {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly signedAt: string;
}

/** What a checkpoint has to bear: the signatures of at least so many log witnesses. */
export interface WantedCosignatures {
  /** 0: none. */
  readonly least: number;
  /** Names of the log witnesses that count; none named: every one does. */
  readonly by: readonly string[];
}

/** Every checkpoint that was ever signed; none is changed or removed. */
export interface SignedCheckpoints {
  /** The one of the largest tree that bears what is wanted; null when there is none, or none for so long that it is not looked for. */
  latest(wanted?: WantedCosignatures): Promise<SignedCheckpoint | null>;
  /** Adds one. Throws when the tree is smaller: what is not stored must not become known. */
  add(checkpoint: NewCheckpoint): Promise<void>;
  /** Adds a log witness's line to the checkpoint of this note. The same witness again changes nothing. */
  addCosignature(note: string, witness: string, line: string): Promise<void>;
}

/**
 * The signer's own memory of what it signed last, out of reach of whoever can change the database: the database may be rolled back, this must not be.
 */
export interface CheckpointMemory {
  /** The last note that was kept; null when there never was one. */
  read(): Promise<string | null>;
  /** Returns when the note would survive a crash of the machine. */
  write(note: string): Promise<void>;
}

/** What a log witness (C2SP tlog-witness) answered: its signature lines, or the size of the tree it knows when the request named another. */
export type WitnessAnswer = { readonly lines: string } | { readonly knows: number };

/** An independent party that signs each tree it is shown if that continues the one it saw before. */
export interface LogWitness {
  readonly name: string;
  /** Sends a consistency proof with its checkpoint (add-checkpoint). Throws when the witness is away or refuses for good. */
  addCheckpoint(request: string, signal: AbortSignal): Promise<WitnessAnswer>;
  /** Its cosignature among these lines, checked; null when there is none. Throws when it is wrong. */
  cosignatureIn(text: string, lines: string): string | null;
}
