import { Refusal } from '@muniment/domain';
import { entryBundle, parseTilePath, tileWidth, type Hash } from '@muniment/formats';
import type { LogTree, SignedCheckpoint, SignedCheckpoints } from '../ports/log-tree.js';
import { proveConsistency, proveInclusion } from './tree-reading.js';

const hashBytes = 32;

/** A leaf's way to the root of a checkpoint. */
export interface Inclusion {
  readonly index: number;
  readonly hashes: readonly Hash[];
  readonly entry: Uint8Array;
  /** The note with all its signature lines. */
  readonly checkpoint: string;
}

export interface Consistency {
  readonly older: number;
  readonly newer: number;
  readonly hashes: readonly Hash[];
  readonly checkpoint: string;
}

/** The tree as the world may see it: nothing beyond the latest signed checkpoint. */
export class ReadLogTree {
  constructor(
    private readonly tree: LogTree,
    private readonly checkpoints: SignedCheckpoints,
  ) {}

  /** The latest checkpoint with at least so many cosignatures, as one note. */
  async checkpoint(cosignatures = 0): Promise<string> {
    return noteOf(await this.latest(cosignatures));
  }

  /** Bytes of `tile/<level>/<index>[.p/<width>]`; hashes and whole bundles of entries alike. */
  async tile(path: string): Promise<Uint8Array> {
    const tile = parseTilePath(path);
    if (tile === null) throw new Refusal('log_tile_not_found', `"${path}" is no path of a tile (C2SP tlog-tiles).`);
    const { size } = await this.latest(0);
    const { level, index, width } = tile;
    const last = index * tileWidth + width;
    if (last > Math.floor(size / tileWidth ** (level ?? 0)))
      throw new Refusal('log_tile_not_found', `The signed log is not that large: its latest checkpoint has ${size} entries.`, { size });
    if (level === null) return entryBundle(await this.tree.entries(index * tileWidth, last));
    const [stored] = await this.tree.tiles([{ level, index }]);
    if (stored === undefined || stored.hashes.length < width * hashBytes)
      throw new Error(`tile ${level}/${index} of the log is incomplete`);
    return stored.hashes.subarray(0, width * hashBytes);
  }

  /** Proof that an event is in the log. Its number must be within the latest checkpoint. */
  async inclusion(sequence: number, cosignatures = 0): Promise<Inclusion> {
    const latest = await this.latest(cosignatures);
    if (!Number.isSafeInteger(sequence) || sequence < 1 || sequence > latest.size)
      throw new Refusal('log_entry_not_found', `The signed log holds events 1 to ${latest.size}; a new one is in it within seconds.`, {
        size: latest.size,
      });
    const index = sequence - 1;
    const [hashes, entries] = await Promise.all([proveInclusion(this.tree, index, latest.size), this.tree.entries(index, sequence)]);
    const entry = entries[0];
    if (entry === undefined) throw new Error(`event ${sequence} is missing from the log`);
    return { index, hashes, entry, checkpoint: noteOf(latest) };
  }

  /** Proof that the latest checkpoint continues the tree of `older` entries. */
  async consistency(older: number, cosignatures = 0): Promise<Consistency> {
    const latest = await this.latest(cosignatures);
    if (!Number.isSafeInteger(older) || older < 0 || older > latest.size)
      throw new Refusal('log_entry_not_found', `The latest checkpoint has ${latest.size} entries.`, { size: latest.size });
    const { proofs } = await proveConsistency(this.tree, latest.size, [older]);
    return { older, newer: latest.size, hashes: proofs[0] ?? [], checkpoint: noteOf(latest) };
  }

  private async latest(cosignatures: number): Promise<SignedCheckpoint> {
    const latest = await this.checkpoints.latest(cosignatures);
    if (latest !== null) return latest;
    throw new Refusal(
      'log_checkpoint_not_found',
      cosignatures === 0
        ? 'Nothing of the log is signed yet: is the signer running?'
        : `No checkpoint has ${cosignatures} cosignatures yet.`,
    );
  }
}

function noteOf({ note, cosignatures }: SignedCheckpoint): string {
  return note + cosignatures.join('');
}
