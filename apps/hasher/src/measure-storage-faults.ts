import type { StorageFault, StorageFaults } from '@muniment/application';
import { metrics } from '@muniment/platform';

const labels = { fault: ['corrupt', 'missing'] } as const;

/** Exports what the log says of the object store, so that a restart forgets nothing. Returns a function that ends it. */
export function measureStorageFaults(faults: StorageFaults): () => void {
  const ends = [
    metrics.keptCounter(
      'muniment_storage_faults_total',
      { description: 'Times the object store returned other bytes than it acknowledged, or none', labels },
      async () => readings(await faults.recorded()),
    ),
    metrics.gauge(
      'muniment_storage_faults_open',
      { description: 'Files refused because the object store returned other bytes or none, not sent again yet', labels },
      async () => readings(await faults.open()),
    ),
  ];
  return () => ends.forEach((end) => end());
}

function readings(counts: Readonly<Record<StorageFault, number>>) {
  return labels.fault.map((fault) => ({ value: counts[fault], labels: { fault } }));
}
