import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CollectAutomatically, VerifyStorage, type BlobLister, type BlobReader } from '@muniment/application';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { CollectionWorld, day } from './world.js';

let server: RunningPostgres;
let world: CollectionWorld;
beforeAll(async () => {
  server = await startPostgres();
  world = new CollectionWorld(server.serviceUrl);
}, 120_000);
afterAll(async () => {
  await world.close();
  await server.stop();
}, 60_000);

const future = new Date(Date.now() + 3_600_000);
const verify = (store: BlobLister & BlobReader = world.store, reaperAge = new Date(0)) =>
  new VerifyStorage(world.postgres.referencedContents, world.postgres.due, store).execute(reaperAge);

/** The store with another listing. */
const listing = (listBlobs: BlobLister['listBlobs']): BlobLister & BlobReader => ({
  backend: world.store.backend,
  openBlob: (sha256) => world.store.openBlob(sha256),
  localBlob: (sha256) => world.store.localBlob(sha256),
  listBlobs,
});

describe('the comparison of store and database', () => {
  it('finds nothing wrong where nothing is, and counts bytes per repository', async () => {
    await world.package({ files: { a: 'one', b: 'two two' }, repository: 'acme/one' });
    await world.package({ files: { c: 'two two' }, repository: 'acme/two' });
    const compared = await verify();
    expect(compared).toMatchObject({
      referenced: { count: 2, bytes: 10 },
      stored: { count: 2, bytes: 10 },
      missing: { count: 0 },
      sizeDiffers: { count: 0 },
      unreferencedYoung: { count: 0 },
      unreferencedOld: { count: 0 },
    });
    expect(Object.fromEntries(compared.physicalByRepository)).toEqual({ 'acme/one': 10, 'acme/two': 7 });
  });

  it('finds what is missing, what has another size, and what nobody refers to, wherever it stands in the order', async () => {
    for (let n = 0; n < 30; n++) await world.package({ files: { a: `kept ${n}`, b: `lost ${n}` } });
    await world.store.removeBlobs(Array.from({ length: 30 }, (_, n) => world.sha256(`lost ${n}`)));
    for (let n = 0; n < 30; n++) await world.store.putBlob(world.sha256(`orphan ${n}`), Buffer.from(`orphan ${n}`));
    // A file that waits for its second witness and relies on a blob that is not there.
    const waiting = await world.package({ files: {} });
    await world.add(waiting, world.received('r', 'never came', null), world.received('s', 'staged', 'staging/s'));
    const young = await verify();
    expect(young.missing.examples.map(({ sha256 }) => sha256).sort()).toEqual(
      [...Array.from({ length: 30 }, (_, n) => world.sha256(`lost ${n}`)), world.sha256('never came')].sort(),
    );
    expect([young.unreferencedYoung.count, young.unreferencedOld.count]).toEqual([30, 0]);
    const old = await verify(world.store, future);
    expect([old.unreferencedYoung.count, old.unreferencedOld.count]).toEqual([0, 30]);
    const longer = listing(async function* (olderThan) {
      for await (const blob of world.store.listBlobs(olderThan))
        yield blob.sha256 === world.sha256('kept 3') ? { ...blob, size: blob.size + 1 } : blob;
    });
    expect((await verify(longer)).sizeDiffers).toEqual({
      count: 1,
      bytes: 6,
      examples: [{ sha256: world.sha256('kept 3'), size: 6, storedSize: 7 }],
    });
  });

  it('does not take for missing what came while the store was being listed', async () => {
    const before = await verify();
    const raced = listing(async function* (olderThan) {
      for await (const blob of world.store.listBlobs(olderThan)) if (blob.sha256 !== world.sha256('late')) yield blob;
    });
    await world.package({ files: { a: 'late' } });
    expect((await verify(raced)).missing.count).toBe(before.missing.count);
  });
});

describe('automatic collection', () => {
  const automatically = () => {
    const { log, collections } = world.postgres;
    return new CollectAutomatically(
      log,
      collections,
      world.planner,
      world.settings,
      { next: () => crypto.randomUUID() },
      world.clock,
    ).execute();
  };

  it('starts only where it is switched on, when there is something to do, one at a time, and never against the brake', async () => {
    expect(await automatically()).toEqual({ outcome: 'switched off' });
    world.settings = { ...world.settings, mode: 'automatic' };
    expect(await automatically()).toEqual({ outcome: 'nothing to do' });
    for (let n = 0; n < 12; n++) {
      const id = await world.package({ files: { a: `auto ${n}` } });
      world.later(40 * day);
      await world.mark(id);
    }
    world.later(day);
    world.settings = { ...world.settings, maxSharePercent: 10 };
    expect(await automatically()).toMatchObject({ outcome: 'braked', brake: { planned: { packages: 12 } } });
    world.settings = { ...world.settings, maxSharePercent: 100 };
    const started = await automatically();
    if (started.outcome !== 'started') throw new Error(started.outcome);
    expect(await automatically()).toEqual({ outcome: 'another is running' });
    await world.sequence();
    expect((await world.executor().execute(started.collectionId, null)).result).toMatchObject({ trashed: 12 });
    expect((await world.postgres.collections.one(started.collectionId))?.startedBy).toBe('service:retention');
  });
});
