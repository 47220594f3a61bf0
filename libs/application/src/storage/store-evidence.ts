import type { StoreEvidence } from '@muniment/domain';
import type { BlobLister, BlobReader, StagingArea } from '../ports/blob-store.js';
import type { ExpectedBytes, StoreRecords } from '../ports/store-identity.js';

/** Enough that chance and single losses decide nothing, few enough to look for at a start. */
const sampleSize = 16;
const whenever = new Date(8.64e15);

/** Looks for some of the bytes that the database refers to, and whether the store holds any at all. Writes nothing. */
export async function gatherEvidence(records: StoreRecords, store: BlobReader & BlobLister & StagingArea): Promise<StoreEvidence> {
  const sample = await records.sample(sampleSize);
  const held = await Promise.all(sample.map((expected) => holds(store, expected)));
  const empty = (await isEmpty(store.listBlobs(whenever))) && (await isEmpty(store.listStaged(whenever)));
  return { sought: sample.length, found: held.filter(Boolean).length, empty };
}

async function holds(store: BlobReader & StagingArea, { sha256, stagingKey }: ExpectedBytes): Promise<boolean> {
  const opened = (stagingKey === null ? null : await store.openStaged(stagingKey)) ?? (await store.openBlob(sha256));
  opened?.stream.destroy();
  return opened !== null;
}

async function isEmpty(listing: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of listing) return false;
  return true;
}
