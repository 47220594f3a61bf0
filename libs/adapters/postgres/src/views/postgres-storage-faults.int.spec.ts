import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { instantOf, type DomainEvent } from '@muniment/domain';
import { goldenEvents, ingestedFile, receivedFile, refusedFile } from '@muniment/testing';
import type { Database } from '../database.js';
import type { Postgres } from '../postgres.js';
import { append, newPackage } from '../spec-support/appending.js';
import { usePostgres } from '../spec-support/use-postgres.js';
import { PostgresStorageFaults } from './postgres-storage-faults.js';

const corrupt = goldenEvents['v1.storage.corruption_detected'];
const missing = goldenEvents['v1.storage.bytes_missing'];
const now = instantOf(new Date());
const trashed = {
  type: 'v1.retention.trashed',
  payload: { ...goldenEvents['v1.retention.trashed'].payload, collection_id: randomUUID(), trashed_at: now, purge_after: now },
} as const satisfies DomainEvent;
const restored = {
  type: 'v1.retention.restored',
  payload: { ...goldenEvents['v1.retention.restored'].payload, restored_at: now },
} as const;

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

const counts = async () => ({ recorded: await postgres.storageFaults.recorded(), open: await postgres.storageFaults.open() });

describe('faults of the object store', () => {
  it('are none at first, and a file refused for another reason is none', async () => {
    const id = await newPackage(postgres);
    const file = randomUUID();
    await append(postgres, id, 2, [receivedFile(file), refusedFile(file, { code: 'archive_corrupt' })]);
    expect(await counts()).toEqual({ recorded: { corrupt: 0, missing: 0 }, open: { corrupt: 0, missing: 0 } });
  });

  it('stay recorded for ever, and open until the file is sent again', async () => {
    const id = await newPackage(postgres);
    const [first, second] = [randomUUID(), randomUUID()];
    await append(postgres, id, 2, [receivedFile(first), corrupt, refusedFile(first, { code: 'stored_bytes_differ' })]);
    await append(postgres, id, 5, [
      receivedFile(second, { path: 'b' }),
      missing,
      refusedFile(second, { path: 'b', code: 'stored_bytes_missing' }),
    ]);
    expect(await counts()).toEqual({ recorded: { corrupt: 1, missing: 1 }, open: { corrupt: 1, missing: 1 } });
    const again = randomUUID();
    await append(postgres, id, 8, [receivedFile(again)]);
    expect(await counts()).toEqual({ recorded: { corrupt: 1, missing: 1 }, open: { corrupt: 0, missing: 1 } });
    await append(postgres, id, 9, [ingestedFile(again), missing]);
    expect(await counts()).toEqual({ recorded: { corrupt: 1, missing: 2 }, open: { corrupt: 0, missing: 1 } });
  });

  it('are not open in the trash, where nobody can send a file again', async () => {
    const id = await newPackage(postgres);
    const file = randomUUID();
    const { open: before } = await counts();
    await append(postgres, id, 2, [receivedFile(file), refusedFile(file, { code: 'stored_bytes_differ' })]);
    expect((await counts()).open.corrupt).toBe(before.corrupt + 1);
    await append(postgres, id, 4, [trashed]);
    expect((await counts()).open).toEqual(before);
    await append(postgres, id, 5, [restored]);
    expect((await counts()).open.corrupt).toBe(before.corrupt + 1);
  });

  it('are counted without reading anything else', async () => {
    const client = await postgres.database.pool.connect();
    const plans: string[] = [];
    const query = async (text: string): Promise<{ readonly rows: readonly unknown[] }> => {
      plans.push(JSON.stringify((await client.query(`explain ${text}`)).rows));
      return { rows: [] };
    };
    const explained = new PostgresStorageFaults({ pool: { query } } as unknown as Database);
    try {
      // Small tables are read whole otherwise.
      await client.query('begin; set local enable_seqscan = off');
      await explained.recorded();
      await explained.open();
      expect(plans).toEqual([expect.stringContaining('events_storage_faults_idx'), expect.stringContaining('files_storage_faults_idx')]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
