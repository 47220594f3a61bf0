import { Refusal } from '@muniment/domain';
import { entryBundle, parseTilePath, tileWidth, type Hash } from '@muniment/formats';
import type { LogTree, SignedCheckpoint, SignedCheckpoints, WantedCosignatures } from '../ports/log-tree.js';
import { proveConsistency, proveInclusion } from './tree-reading.js';

const hashBytes = 32;
const uncosigned: WantedCosignatures = { least: 0, by: [] };

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

  /** The latest checkpoint that bears what is wanted, as one note. */
  async checkpoint(wanted = uncosigned): Promise<string> {
    return noteOf(await this.latest(wanted));
  }

  /** Bytes of `tile/<level>/<index>[.p/<width>]`; hashes and whole bundles of entries alike. */
  async tile(path: string): Promise<Uint8Array> {
    const tile = parseTilePath(path);
    if (tile === null) throw new Refusal('log_tile_not_found', `"${path}" is no path of a tile (C2SP tlog-tiles).`);
    const { size } = await this.latest(uncosigned);
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

  /** Proof that an event is in the log. Its number must be within the latest checkpoint that bears what is wanted. */
  async inclusion(sequence: number, wanted = uncosigned): Promise<Inclusion> {
    const latest = await this.latest(wanted);
    if (!Number.isSafeInteger(sequence) || sequence < 1 || sequence > latest.size)
      throw new Refusal('log_entry_not_found', `${which(wanted)} holds events 1 to ${latest.size}; a later one will hold more.`, {
        size: latest.size,
      });
    const index = sequence - 1;
    const [hashes, entries] = await Promise.all([proveInclusion(this.tree, index, latest.size), this.tree.entries(index, sequence)]);
    const entry = entries[0];
    if (entry === undefined) throw new Error(`event ${sequence} is missing from the log`);
    return { index, hashes, entry, checkpoint: noteOf(latest) };
  }

  /** Proof that the latest checkpoint that bears what is wanted continues the tree of `older` entries. */
  async consistency(older: number, wanted = uncosigned): Promise<Consistency> {
    const latest = await this.latest(wanted);
    if (!Number.isSafeInteger(older) || older < 0 || older > latest.size)
      throw new Refusal('log_entry_not_found', `${which(wanted)} has ${latest.size} entries.`, { size: latest.size });
    const { proofs } = await proveConsistency(this.tree, latest.size, [older]);
    return { older, newer: latest.size, hashes: proofs[0] ?? [], checkpoint: noteOf(latest) };
  }

  private async latest(wanted: WantedCosignatures): Promise<SignedCheckpoint> {
    const latest = await this.checkpoints.latest(wanted);
    if (latest !== null) return latest;
    throw new Refusal(
      'log_checkpoint_not_found',
      wanted.least === 0 ? 'Nothing of the log is signed yet: is the signer running?' : `There is no checkpoint${cosigned(wanted)} yet.`,
    );
  }
}

function which(wanted: WantedCosignatures): string {
  return `The latest checkpoint${wanted.least === 0 ? '' : cosigned(wanted)}`;
}

function cosigned({ least, by }: WantedCosignatures): string {
  return ` with ${least} ${least === 1 ? 'cosignature' : 'cosignatures'}${by.length === 0 ? '' : ` by ${by.join(', ')}`}`;
}

function noteOf({ note, cosignatures }: SignedCheckpoint): string {
  return note + cosignatures.join('');
}
