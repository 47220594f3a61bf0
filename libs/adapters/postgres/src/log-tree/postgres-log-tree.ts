import type { Growth, LogTree } from '@muniment/application';
import { growingTiles, growTiles, leafHash, tileWidth, type Tile, type TileCoordinate } from '@muniment/formats';
import type pg from 'pg';
import type { Database } from '../database.js';
import { entriesAfter, readLeaves } from './leaf-rows.js';

const mostLeaves = 20_000;

interface TileRow {
  readonly level: number;
  readonly index: string;
  readonly hashes: Buffer;
}

/** The tree in Postgres: a row per tile, and one row whose lock makes one process at a time grow it. */
export class PostgresLogTree implements LogTree {
  constructor(private readonly database: Database) {}

  grow(limit: number): Promise<Growth | null> {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostLeaves) throw new RangeError(`1 to ${mostLeaves} leaves at a time`);
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ size: string }>('select size from log_tree for update skip locked');
      const row = rows[0];
      if (!row) return null;
      const size = Number(row.size);
      const leaves = entriesAfter(size, await readLeaves(client, size, limit)).map(leafHash);
      if (leaves.length === 0) return { size, added: 0 };
      const growing = await readTiles(client, growingTiles(size));
      await writeTiles(client, size + leaves.length, growTiles(size, growing, leaves));
      return { size: size + leaves.length, added: leaves.length };
    });
  }

  async size(): Promise<number> {
    const { rows } = await this.database.pool.query<{ size: string }>('select size from log_tree');
    return Number(rows[0]?.size ?? 0);
  }

  tiles(wanted: readonly TileCoordinate[]): Promise<readonly Tile[]> {
    return readTiles(this.database.pool, wanted);
  }

  async entries(from: number, to: number): Promise<readonly Uint8Array[]> {
    if (to - from > tileWidth) throw new RangeError(`at most ${tileWidth} entries at a time`);
    const leaves = await readLeaves(this.database.pool, from, to - from);
    if (leaves.length !== to - from) throw new Error(`events between ${from + 1} and ${to} are missing from the log`);
    return entriesAfter(from, leaves);
  }
}

/** Tiles by their coordinates, in one round trip. */
export async function readTiles(client: pg.Pool | pg.PoolClient, wanted: readonly TileCoordinate[]): Promise<readonly Tile[]> {
  if (wanted.length === 0) return [];
  const { rows } = await client.query<TileRow>({
    name: 'log_tiles',
    text: `select t.level, t.index, t.hashes from unnest($1::int[], $2::bigint[]) w (level, index)
      join log_tiles t on t.level = w.level and t.index = w.index`,
    values: [wanted.map(({ level }) => level), wanted.map(({ index }) => index)],
  });
  return rows.map(({ level, index, hashes }) => ({ level, index: Number(index), hashes }));
}

/** Tiles and the new size, as one statement. */
async function writeTiles(client: pg.PoolClient, size: number, tiles: readonly Tile[]): Promise<void> {
  await client.query({
    name: 'log_grow',
    text: `with changed as (
        insert into log_tiles (level, index, hashes) select * from unnest($2::int[], $3::bigint[], $4::bytea[])
        on conflict (level, index) do update set hashes = excluded.hashes
      )
      update log_tree set size = $1::bigint`,
    values: [size, tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ hashes }) => Buffer.from(hashes))],
  });
}
