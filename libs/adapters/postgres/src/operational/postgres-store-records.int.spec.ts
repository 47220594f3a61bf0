import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ingestedFile, receivedFile } from '@muniment/testing';
import type { Postgres } from '../postgres.js';
import { append, newPackage } from '../spec-support/appending.js';
import { usePostgres } from '../spec-support/use-postgres.js';

let postgres: Postgres;
usePostgres((opened) => (postgres = opened));

describe('the record of the object store', () => {
  it('is made once, whoever asks at the same time, and only chosen at first', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, () => postgres.storeRecords.claim(randomUUID())));
    expect(new Set(claims.map(({ storeId }) => storeId)).size).toBe(1);
    expect(claims.map(({ settled }) => settled)).toEqual(claims.map(() => false));
  });

  it('is settled, and replaced when the operator says so', async () => {
    const { storeId } = await postgres.storeRecords.claim(randomUUID());
    for (const id of [storeId, storeId, randomUUID()]) {
      await postgres.storeRecords.settle(id);
      expect(await postgres.storeRecords.claim(randomUUID())).toEqual({ storeId: id, settled: true });
    }
    await expect(postgres.database.pool.query('insert into object_store (id, store_id) values (false, $1)', [storeId])).rejects.toThrow();
  });

  it('comes with some of the bytes that must be there: received ones under their staging key, then blobs', async () => {
    expect(await postgres.storeRecords.sample(16)).toEqual([]);
    const id = await newPackage(postgres);
    const file = randomUUID();
    const received = receivedFile(file);
    await append(postgres, id, 2, [received]);
    const { sha256, staging_key: stagingKey } = received.payload;
    expect(await postgres.storeRecords.sample(16)).toEqual([{ sha256, stagingKey }]);
    await append(postgres, id, 3, [ingestedFile(file)]);
    expect(await postgres.storeRecords.sample(16)).toEqual([{ sha256, stagingKey: null }]);
    expect(await postgres.storeRecords.sample(0)).toEqual([]);
  });
});
