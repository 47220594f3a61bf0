import type { Surroundings } from '../surroundings.js';
import { withStore } from './open-store.js';

interface AdoptedStore {
  readonly lines: readonly string[];
  readonly report: unknown;
}

/** Makes the store of the environment the archive's own. */
export async function adoptStoreOf(databaseUrl: string, acceptLoss: boolean, where: Surroundings): Promise<AdoptedStore> {
  const { AdoptStore } = await import('@muniment/application');
  return withStore(databaseUrl, where, async ({ postgres, store, ids, clock }) => {
    const adopt = new AdoptStore(postgres.storeRecords, store, postgres.locks, ids, clock);
    const { storeId, before, location, sought, found } = await adopt.execute(acceptLoss);
    return {
      report: { store_id: storeId, before, location, sought, found },
      lines: [
        `the archive's object store is ${storeId} at ${location}${storeId === before ? ', as before' : `; before it was ${before}`}`,
        `it has ${String(found)} of the ${String(sought)} contents looked for; "muniment storage verify" looks for all`,
        ...(storeId === before ? [] : ['start the services again']),
      ],
    };
  });
}
