import { createPublicKey } from 'node:crypto';
import {
  leafHash,
  logEntry,
  openNote,
  parseCheckpoint,
  tileKey,
  tileWidth,
  type Hash,
  type NoteVerifier,
  type Tile,
  type TileCoordinate,
} from '@muniment/formats';
import type pg from 'pg';
import { readLeaves, type StoredLeaf } from '../log-tree/leaf-rows.js';
import { readTiles } from '../log-tree/postgres-log-tree.js';
import type { LogCheck } from './check-log.js';
import { CheckpointFindings, storedCheckpoints, type ComparedCheckpoint } from './checkpoint-findings.js';
import { farthestShift, LeafFindings, StoredLeaves } from './leaf-findings.js';
import { RecomputedTree } from './recomputed-tree.js';

export interface TreeEvidence {
  /** Keys that sign the log. None: those that the archive itself announced, which whoever can edit the log can edit as well. */
  readonly keys: readonly NoteVerifier[];
  /** Checkpoints that were kept elsewhere, whole notes, by a name for the report. */
  readonly kept: readonly { readonly name: string; readonly note: string }[];
}

/** Events per step: 20 full tiles. */
const stride = 20 * tileWidth;
const unknown: Hash = new Uint8Array(32);

/** Computes the tree anew from the events, in bounded memory, and compares tiles, roots and every checkpoint with it. */
export async function checkTree(client: pg.PoolClient, { keys, kept }: TreeEvidence): Promise<readonly LogCheck[]> {
  const size = Number((await client.query<{ size: string }>('select size from log_tree')).rows[0]?.size ?? 0);
  const verifiers = keys.length > 0 ? keys : await announcedKeys(client);
  const [stored, outside] = [new CheckpointFindings(), new CheckpointFindings()];
  const comparison = new Comparison(client, size);
  const elsewhere = openKept(kept, verifiers, outside);
  await comparison.run(inOrder(storedCheckpoints(client, verifiers, stored), elsewhere, stored, outside));
  for (const { checkpoint, findings } of comparison.beyond)
    findings.note(`${checkpoint.name}: it has ${checkpoint.size} entries, the stored tree only ${size}`);
  const entries = comparison.leaves;
  const blamed = stored.ok && outside.ok && Math.max(stored.confirmed, outside.confirmed) >= (entries.first.at(-1)?.sequence ?? 0);
  const whose = blamed ? 'the events are what was signed, their tiles were changed' : 'events were changed';
  return [
    { check: 'tree-whole', ok: await comparison.isWhole(), detail: `${size} entries` },
    { check: 'tree-entries', ok: entries.count === 0, detail: entries.count === 0 ? 'every event' : `${whose}: ${entries.told()}` },
    { check: 'tree-tiles', ok: comparison.wrongTiles.length === 0, detail: tilesTold(comparison.wrongTiles) },
    { check: 'checkpoints', ok: stored.ok, detail: `${stored.told()}${keys.length > 0 ? '' : ', by the keys in this database'}` },
    ...(kept.length === 0 ? [] : [{ check: 'kept-checkpoints', ok: outside.ok, detail: outside.told() }]),
  ];
}

interface Compared {
  readonly checkpoint: ComparedCheckpoint;
  readonly findings: CheckpointFindings;
}

class Comparison {
  readonly leaves = new LeafFindings();
  readonly wrongTiles: string[] = [];
  /** Checkpoints of a larger tree than there is. */
  readonly beyond: Compared[] = [];
  private readonly tree = new RecomputedTree();
  private lengthsDiffer = false;

  constructor(
    private readonly client: pg.PoolClient,
    private readonly size: number,
  ) {}

  async run(checkpoints: AsyncIterator<Compared>): Promise<void> {
    let next = await checkpoints.next();
    const reached = async (): Promise<void> => {
      for (; next.done !== true && next.value.checkpoint.size === this.tree.size; next = await checkpoints.next())
        next.value.findings.compare(next.value.checkpoint, this.tree.root());
    };
    await reached();
    while (this.tree.size < this.size) {
      const [from, to] = [this.tree.size, Math.min(this.size, this.tree.size + stride)];
      const stored = await readTiles(this.client, leafTilesAround(from, to));
      const hashes = this.compareLeaves(from, to, await readLeaves(this.client, from, to - from), new StoredLeaves(stored));
      const changed = new Map<string, Tile>();
      for (let at = from; at < to; at = this.tree.size) {
        const upTo = next.done === true ? to : Math.min(to, Math.max(next.value.checkpoint.size, at + 1));
        for (const tile of this.tree.add(hashes.slice(at - from, upTo - from))) changed.set(tileKey(tile), tile);
        await reached();
      }
      await this.compareTiles([...changed.values()]);
    }
    for (; next.done !== true; next = await checkpoints.next()) this.beyond.push(next.value);
  }

  /** Whether exactly the tiles are there that a tree of this size has, each of its length, and no more leaves than events. */
  async isWhole(): Promise<boolean> {
    const { rows } = await this.client.query<{ n: string; head: string }>(
      'select count(*) as n, (select sequence from log_head) as head from log_tiles',
    );
    return !this.lengthsDiffer && Number(rows[0]?.n) === tilesOf(this.size) && Number(rows[0]?.head) >= this.size;
  }

  private compareLeaves(from: number, to: number, leaves: readonly StoredLeaf[], stored: StoredLeaves): readonly Hash[] {
    const bySequence = new Map(leaves.map((leaf) => [Number(leaf.sequence), leaf]));
    return Array.from({ length: to - from }, (_, i) => {
      const leaf = bySequence.get(from + 1 + i);
      if (leaf === undefined) {
        this.leaves.missing(from + 1 + i);
        return unknown;
      }
      this.leaves.compare(leaf, stored);
      return leafHash(logEntry(leaf));
    });
  }

  private async compareTiles(tiles: readonly Tile[]): Promise<void> {
    const stored = new Map((await readTiles(this.client, tiles)).map((tile) => [tileKey(tile), tile.hashes]));
    for (const tile of tiles) {
      const hashes = stored.get(tileKey(tile));
      const isLast = this.tree.size === this.size;
      if (hashes === undefined || hashes.length < tile.hashes.length || (isLast && hashes.length !== tile.hashes.length))
        this.lengthsDiffer = true;
      const beginning = hashes?.subarray(0, tile.hashes.length);
      if (beginning !== undefined && Buffer.compare(beginning, tile.hashes.subarray(0, beginning.length)) !== 0)
        this.wrongTiles.push(tileKey(tile));
    }
  }
}

/** Stored checkpoints and those kept elsewhere, smallest tree first. */
async function* inOrder(
  stored: AsyncGenerator<ComparedCheckpoint>,
  kept: readonly ComparedCheckpoint[],
  storedFindings: CheckpointFindings,
  keptFindings: CheckpointFindings,
): AsyncGenerator<Compared> {
  const waiting = kept.map((checkpoint) => ({ checkpoint, findings: keptFindings })).sort((a, b) => b.checkpoint.size - a.checkpoint.size);
  for await (const checkpoint of stored) {
    for (let first = waiting.at(-1); first !== undefined && first.checkpoint.size <= checkpoint.size; first = waiting.at(-1)) {
      waiting.pop();
      yield first;
    }
    yield { checkpoint, findings: storedFindings };
  }
  yield* waiting.reverse();
}

function openKept(
  kept: TreeEvidence['kept'],
  verifiers: readonly NoteVerifier[],
  findings: CheckpointFindings,
): readonly ComparedCheckpoint[] {
  return kept.flatMap(({ name, note }) => {
    try {
      const { size, root } = parseCheckpoint(openNote(note, verifiers).text);
      return [{ name, size, root }];
    } catch (error) {
      findings.note(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
}

/** What the archive says of its own keys, retired ones too. */
async function announcedKeys(client: pg.PoolClient): Promise<readonly NoteVerifier[]> {
  const { rows } = await client.query<{ name: string; public_key: string }>(
    `select name, public_key from signing_keys where purpose = 'log'`,
  );
  return rows.map((row) => ({ name: row.name, publicKey: createPublicKey(row.public_key) }));
}

/** Tiles of the leaves, and of those an event may have been moved from. */
function leafTilesAround(from: number, to: number): readonly TileCoordinate[] {
  const first = Math.floor(Math.max(0, from - farthestShift) / tileWidth);
  const last = Math.floor((to + farthestShift) / tileWidth);
  return Array.from({ length: last - first + 1 }, (_, i) => ({ level: 0, index: first + i }));
}

/** How many tiles a tree of this size has, growing ones included. */
function tilesOf(size: number): number {
  let tiles = 0;
  for (let width = size; width > 0; width = Math.floor(width / tileWidth)) tiles += Math.ceil(width / tileWidth);
  return tiles;
}

function tilesTold(wrong: readonly string[]): string {
  return wrong.length === 0
    ? 'every tile'
    : `wrong: ${wrong.slice(0, 10).join(', ')}${wrong.length > 10 ? ` and ${wrong.length - 10} more` : ''}`;
}
