import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ObjectStore } from '@muniment/application';
import { chunks, collect } from './object-store/bytes.js';
import { describeDirectStaging } from './object-store/direct-staging.js';
import { describeKeys } from './object-store/keys.js';
import { describeListing } from './object-store/listing.js';
import { describeMarker } from './object-store/marker.js';
import { describePromotion } from './object-store/promotion.js';
import { describeRanges } from './object-store/ranges.js';
import { describeResumableStaging } from './object-store/resumable-staging.js';
import { describeSmallFiles } from './object-store/small-files.js';
import { describeStaging } from './object-store/staging.js';
import { describeStreaming } from './object-store/streaming.js';
import { distantFuture, freshKey, type StoreSubject } from './object-store/subject.js';

/** A store under test, with the means to play a second process. */
export interface ObjectStoreUnderTest {
  readonly store: ObjectStore;
  /** Another instance on the same bytes, as a restarted or neighbouring process would have; null for a store that lives in one process. */
  readonly reopen: (() => ObjectStore) | null;
  /** Removes everything. */
  dispose(): Promise<void>;
}

export interface ObjectStoreSuiteOptions {
  /** False for a store that keeps bytes in this process, and so has no bound on its memory to show. */
  readonly boundedMemory?: boolean;
  /** True for a store that stages small files in a way of their own. */
  readonly smallFiles?: boolean;
}

/** The contract of the ObjectStore port; every implementation passes the same suite, one capability after the other. */
export function objectStoreSuite(name: string, factory: () => Promise<ObjectStoreUnderTest>, options: ObjectStoreSuiteOptions = {}): void {
  // A busy machine and a cold server take their time; the tests themselves never wait for a clock.
  jest.setTimeout(60_000);
  describe(`object store: ${name}`, () => {
    const subject = new Subject(factory);
    beforeAll(() => subject.open(), 180_000);
    afterAll(() => subject.close(), 60_000);

    describeStaging(subject);
    describeRanges(subject);
    describePromotion(subject);
    describeResumableStaging(subject);
    describeDirectStaging(subject);
    if (options.smallFiles === true) describeSmallFiles(subject);
    describeListing(subject);
    describeMarker(subject);
    describeKeys(subject);
    it('probes itself and leaves no probe behind', async () => {
      await subject.store.check();
      const left = await collect(subject.store.listStaged(distantFuture));
      expect(left.filter((key) => key.includes('probe'))).toEqual([]);
    });
    if (options.boundedMemory !== false) describeStreaming(subject);
  });
}

/** Tests are declared before there is a store: they meet it through this. */
class Subject implements StoreSubject {
  #opened: { readonly under: ObjectStoreUnderTest; readonly other: ObjectStore } | null = null;

  constructor(private readonly factory: () => Promise<ObjectStoreUnderTest>) {}

  async open(): Promise<void> {
    const under = await this.factory();
    this.#opened = { under, other: under.reopen?.() ?? under.store };
  }

  async close(): Promise<void> {
    if (this.#opened === null) return;
    const { under, other } = this.#opened;
    if (other !== under.store) await other.close();
    await under.store.close();
    await under.dispose();
  }

  get store(): ObjectStore {
    return this.#now.under.store;
  }

  get other(): ObjectStore {
    return this.#now.other;
  }

  async staged(bytes: Buffer): Promise<string> {
    const key = freshKey();
    await this.store.stage(key, chunks(bytes));
    return key;
  }

  get #now() {
    if (this.#opened === null) throw new Error('the store is not open yet');
    return this.#opened;
  }
}
