import { recognizeStore } from '@muniment/domain';
import type { StoreProbe } from '../ports/blob-store.js';
import type { MarkedStore } from '../ports/store-identity.js';
import { WrongStore } from './wrong-store.js';

/** Asks whether the store works and is still the one that the service opened. Asks the second question first: nothing is ever written into another. */
export class OwnStore implements StoreProbe {
  constructor(
    private readonly store: MarkedStore & StoreProbe,
    private readonly storeId: string,
  ) {}

  /** Rejects with a {@link WrongStore}, or with what the store says. */
  async check(): Promise<void> {
    await assertOwn(this.store, this.storeId);
    await this.store.check();
  }
}

/** Throws a {@link WrongStore} unless the store bears this id. */
export async function assertOwn(store: MarkedStore, expected: string): Promise<void> {
  const found = (await store.marker())?.storeId ?? null;
  const verdict = recognizeStore(expected, found);
  if (verdict !== 'ours') throw new WrongStore(verdict, { location: store.location, expected, found });
}
