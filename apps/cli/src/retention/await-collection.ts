import { setTimeout as sleep } from 'node:timers/promises';
import type { MunimentClient } from '@muniment/client';
import type { CollectionAnswer } from '@muniment/contracts';

/** Asks until the collection is completed; `onProgress` hears of every change. Ends with the signal. */
export async function awaitCollection(
  client: MunimentClient,
  started: CollectionAnswer,
  onProgress: (collection: CollectionAnswer) => void,
  signal: AbortSignal,
): Promise<CollectionAnswer> {
  let collection = started;
  for (let pauseMs = 200; collection.state === 'running'; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    await sleep(pauseMs, undefined, { signal });
    collection = await client.collections.one(collection.collection_id);
    onProgress(collection);
  }
  return collection;
}
