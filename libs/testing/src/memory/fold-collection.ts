import type { CollectionCompleted, CollectionEvent, CollectionStarted, Told } from '@muniment/domain';

/** A collection as its events left it. */
export interface FoldedCollection {
  readonly revision: number;
  readonly started: CollectionStarted['payload'];
  readonly told: Told;
  readonly completed: CollectionCompleted['payload'] | null;
}

/** The collection after one more event. Throws for the end of one that never began. */
export function foldCollection(before: FoldedCollection | null, event: CollectionEvent, told: Told): FoldedCollection {
  if (event.type === 'v1.collection.started') return { revision: 1, started: event.payload, told, completed: null };
  if (before === null) throw new Error('a collection was completed before it was started');
  return { ...before, revision: before.revision + 1, completed: event.payload };
}
