import type { EventLog, Growth, LogTree } from '@muniment/application';
import { growingTiles, growTiles, leafHash, logEntry, tileKey, type Tile, type TileCoordinate } from '@muniment/formats';

/** The tree over a log, in one process's memory. */
export class MemoryLogTree implements LogTree {
  /** Open to specs that play the intruder. */
  readonly stored = new Map<string, Tile>();
  leaves = 0;
  private growing = false;

  constructor(private readonly log: Pick<EventLog, 'read'>) {}

  async grow(limit: number): Promise<Growth | null> {
    if (this.growing) return null;
    this.growing = true;
    try {
      const entries = await this.read(this.leaves, limit);
      const growing = growingTiles(this.leaves).flatMap((tile) => this.stored.get(tileKey(tile)) ?? []);
      for (const tile of growTiles(this.leaves, growing, entries.map(leafHash))) this.stored.set(tileKey(tile), tile);
      this.leaves += entries.length;
      return { size: this.leaves, added: entries.length };
    } finally {
      this.growing = false;
    }
  }

  async size(): Promise<number> {
    await Promise.resolve();
    return this.leaves;
  }

  async tiles(wanted: readonly TileCoordinate[]): Promise<readonly Tile[]> {
    await Promise.resolve();
    return wanted.flatMap((tile) => this.stored.get(tileKey(tile)) ?? []);
  }

  entries(from: number, to: number): Promise<readonly Uint8Array[]> {
    return this.read(from, to - from);
  }

  private async read(after: number, limit: number): Promise<readonly Uint8Array[]> {
    return (await this.log.read({ after: BigInt(after), limit })).map(logEntry);
  }
}
