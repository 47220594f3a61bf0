import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommitFile, OpenUpload, type BlobRemover, type ObjectStore, type PackageViews } from '@muniment/application';
import { defaultInspectionLimits, type Principal } from '@muniment/domain';
import { eventually } from '@muniment/testing';
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

const writer: Principal = { tokenId: 'ci', name: 'ci', verbs: ['write'], repositories: ['acme/*'], expiresAt: null, revokedAt: null };

/** An upload by digest of a content whose only package is about to be purged, and the collection that does it; either may be stopped in the middle. */
describe('an upload by digest and the collection that takes the last reference', () => {
  let content: string;
  let old: string;
  let fresh: string;
  let collection: string;
  beforeEach(async () => {
    content = `raced for ${randomUUID()}`;
    old = await world.package({ files: { 'a.bin': content } });
    world.later(40 * day);
    await world.mark(old);
    world.later(day);
    await world.collect();
    world.later(7 * day);
    fresh = await world.package({ files: {} });
    collection = await world.start(await world.planner.execute());
  });

  function upload(change: Partial<PackageViews> = {}): Promise<unknown> {
    const { log, states, views, uploads, locks } = world.postgres;
    const seen = Object.assign(Object.create(views) as PackageViews, change);
    const commit = new CommitFile(log, states, world.store, defaultInspectionLimits, world.clock, locks);
    const open = new OpenUpload(states, seen, uploads, world.store, commit, { maxBytes: 1_000, expirySeconds: 60 }, world.clock, locks);
    return open.known(
      {
        caller: writer,
        sessionId: randomUUID(),
        packageId: fresh,
        path: 'b.bin',
        mediaType: null,
        size: Buffer.byteLength(content),
        declaredSha256: world.sha256(content),
      },
      null,
    );
  }

  it('sees the reference, then loses the race for the lock: the bytes go, and the upload has to send them', async () => {
    const [removing, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const store: ObjectStore = Object.assign(Object.create(world.store) as ObjectStore, {
      removeBlobs: async (sha256s: Parameters<BlobRemover['removeBlobs']>[0]) => {
        removing.resolve();
        await go.promise;
        await world.store.removeBlobs(sha256s);
      },
    });
    const executing = world.executor({ store }).execute(collection, null);
    await removing.promise;
    // What it read before the tombstone came: only the look inside the lock counts.
    let looks = 0;
    const uploading = upload({
      repositoryHolds: (...asked) =>
        looks++ === 0 ? Promise.resolve({ blake3: 'seen earlier' }) : world.postgres.views.repositoryHolds(...asked),
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    go.resolve();
    expect(await uploading).toBeNull();
    expect(looks).toBe(2);
    expect((await executing).result).toMatchObject({ purged: 1, locations_deleted: 1 });
    expect(await world.has(content)).toBe(false);
    expect(await world.phases(fresh)).toEqual({});
  });

  it('gets the lock first: the collection waits and finds the new reference', async () => {
    const [looked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let looks = 0;
    const uploading = upload({
      repositoryHolds: async (...asked) => {
        const held = await world.postgres.views.repositoryHolds(...asked);
        if (++looks === 2) {
          looked.resolve();
          await go.promise;
        }
        return held;
      },
    });
    await looked.promise;
    const executing = world.executor().execute(collection, null);
    // The tombstone takes the reference away while the upload holds the lock.
    await eventually('the tombstone', async () => (await world.phases(old))['a.bin'] === 'released');
    go.resolve();
    expect(await uploading).toMatchObject({ deduplicated: true });
    expect((await executing).result).toMatchObject({ purged: 1, locations_deleted: 1, bytes_reclaimed: 0 });
    expect(await world.has(content)).toBe(true);
    expect(await world.deletions(old)).toEqual([{ path: 'a.bin', removed: false }]);
  });
});
