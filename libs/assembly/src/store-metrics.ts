import type { ObjectStore } from '@muniment/application';
import { MeteredStore, storeOperations } from '@muniment/object-store';
import { metrics } from '@muniment/platform';

const duration = metrics.histogram('muniment_object_store_operation_duration_seconds', {
  description: 'How long operations on the object store took; of opened streams, until they were open',
  labels: { operation: storeOperations, outcome: ['done', 'failed'] },
  buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
});

/** The store, telling what it does. */
export function metered(store: ObjectStore): ObjectStore {
  return new MeteredStore(store, (operation, outcome, seconds) => duration.record(seconds, { operation, outcome }));
}
