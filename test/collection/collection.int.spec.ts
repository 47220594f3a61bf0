import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rebuildViews } from '@muniment/postgres';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { CollectionWorld, day } from './world.js';

let server: RunningPostgres;
let world: CollectionWorld;
beforeAll(async () => {
  server = await startPostgres();
  world = new CollectionWorld(server.serviceUrl);
}, 120_000);
afterAll(async () => {
  // Whatever these specs did, replay says the same.
  expect((await rebuildViews(server.ownerUrl, { verify: true })).views.filter((view) => !view.identical)).toEqual([]);
  await world.close();
  await server.stop();
}, 60_000);

beforeEach(() => world.reset(), 60_000);

const named = (packages: readonly { readonly package_id: string }[]): readonly string[] => packages.map((p) => p.package_id);

describe('a collection', () => {
  it('goes in two steps: the trash, and after its time the end; what must survive does', async () => {
    const id = await world.eligible({ 'data.bin': 'bytes that go', 'data.bin.meta': 'record that stays' });
    const grace = world.later(day);
    const first = await world.collect();
    expect(first.result).toEqual({ trashed: 1, purged: 0, skipped: 0, locations_deleted: 0, bytes_reclaimed: 0 });
    expect((await world.retention(id)).trash).toEqual({ since: grace, purgeAfter: world.later(7 * day) });
    expect(await world.has('bytes that go')).toBe(true);

    const second = await world.collect();
    expect(second.result).toEqual({ trashed: 0, purged: 1, skipped: 0, locations_deleted: 1, bytes_reclaimed: 13 });
    expect(await world.phases(id)).toEqual({ 'data.bin': 'removed', 'data.bin.meta': 'ingested' });
    expect(await world.has('bytes that go')).toBe(false);
    expect(await world.has('record that stays')).toBe(true);
    const tombstone = (await world.facts(id)).find((fact) => fact.type === 'v1.retention.collected');
    expect(tombstone).toMatchObject({
      payload: {
        collection_id: second.id,
        collected_at: world.clock.now(),
        rule: { retention_class: 'raw-evidence', trashed_at: grace, purge_after: world.clock.now() },
        checked: { active_holds: 0, released_holds: [], curated: false },
        released: [{ path: 'data.bin', sha256: world.sha256('bytes that go'), size: 13 }],
        kept: [{ path: 'data.bin.meta' }],
      },
    });
    expect(await world.deletions(id)).toEqual([{ path: 'data.bin', removed: true }]);
    expect(await world.postgres.collections.one(second.id)).toMatchObject({ revision: 2, result: second.result });
    // Again: nothing is left to do, and nothing is recorded twice.
    expect(await world.executor().execute(second.id, null)).toMatchObject({ outcome: 'completed before', result: second.result });
    expect(await world.deletions(id)).toHaveLength(1);
  });

  it('lets go of what is restored, held or extended in the trash', async () => {
    const [restored, held] = [await world.eligible({ 'a.txt': 'restored' }), await world.eligible({ 'a.txt': 'held in trash' })];
    world.later(day);
    await world.collect();
    world.later(8 * day);
    const planned = await world.planner.execute();
    expect(named(planned.plan.purge)).toEqual([restored, held].sort());
    const id = await world.start(planned);
    const now = world.clock.now();
    await world.add(restored, { type: 'v1.retention.restored', payload: { restored_at: now, cause: 'asked' } });
    await world.add(
      held,
      { type: 'v1.retention.hold_applied', payload: { hold_id: randomUUID(), applied_at: now } },
      { type: 'v1.retention.restored', payload: { restored_at: now, cause: 'held' } },
    );
    const { result } = await world.executor().execute(id, null);
    expect(result).toMatchObject({ purged: 0, skipped: 2 });
    expect(await world.has('restored')).toBe(true);
    // A whole new grace for the restored one.
    world.later(day - 1);
    expect(named((await world.planner.execute()).plan.trash)).toEqual([]);
    world.later(1);
    expect(named((await world.planner.execute()).plan.trash)).toEqual([restored]);
  });

  it('keeps bytes for as long as anybody refers to them', async () => {
    const one = await world.eligible({ 'a.txt': 'shared bytes', 'own.txt': 'own bytes' });
    const other = await world.package({ files: { 'b.txt': 'shared bytes' }, repository: 'other/repo' });
    world.later(day);
    await world.collect();
    world.later(7 * day);
    expect((await world.collect()).result).toMatchObject({ locations_deleted: 2, bytes_reclaimed: 9 });
    expect(await world.deletions(one)).toEqual([
      { path: 'a.txt', removed: false },
      { path: 'own.txt', removed: true },
    ]);
    expect(await world.has('shared bytes')).toBe(true);
    world.later(60 * day);
    await world.mark(other);
    world.later(day);
    await world.collect();
    world.later(7 * day);
    await world.collect();
    expect(await world.deletions(other)).toEqual([{ path: 'b.txt', removed: true }]);
    expect(await world.has('shared bytes')).toBe(false);
  });

  it('says "removed" once for a content that several of its files had', async () => {
    const ids = [
      await world.eligible({ 'a.txt': 'same', 'b.txt': 'same', 'c.txt': 'x1' }),
      await world.eligible({ 'd.txt': 'same', 'e.txt': 'other' }),
      await world.eligible({ 'f.txt': 'other', 'g.txt': 'x2' }),
    ];
    world.later(day);
    await world.collect();
    world.later(7 * day);
    expect((await world.collect()).result).toMatchObject({ locations_deleted: 7, bytes_reclaimed: 4 + 5 + 2 + 2 });
    const all = (await Promise.all(ids.map((id) => world.deletions(id)))).flat();
    expect(all.filter(({ removed }) => removed).map(({ path }) => path)).toHaveLength(4);
  });

  it('frees the staged bytes of a package that was never finished, and leaves no work behind', async () => {
    const id = await world.eligible({});
    await world.store.stage('staging/unfinished', Readable.from([Buffer.from('half')]));
    await world.add(id, world.received('half.bin', 'half', 'staging/unfinished'));
    await world.add(id, world.received('deduplicated.bin', 'never stored', null));
    world.later(day);
    await world.collect();
    world.later(7 * day);
    expect((await world.collect()).result).toMatchObject({ purged: 1, locations_deleted: 2, bytes_reclaimed: 0 });
    expect(await world.deletions(id)).toEqual([
      { path: 'deduplicated.bin', removed: false },
      { path: 'half.bin', removed: false },
    ]);
    expect(await world.postgres.due.neededStagingKeys(['staging/unfinished'])).toEqual(new Set());
    const due = await world.postgres.due.events(['v1.file.received'], world.later(day), 0n, 1_000);
    expect(due.filter((event) => event.subject.id === id)).toEqual([]);
  });

  it('leaves young bytes for a later one', async () => {
    const id = await world.eligible({ 'a.txt': 'verified again' });
    world.later(day);
    await world.collect();
    world.later(7 * day);
    const again = await world.package({ files: { 'b.txt': 'verified again' } });
    // The second reference goes before the content is old: taken away as a collection of its package would.
    world.minimumAgeSeconds = 80 * day;
    const { result, left } = await world.collect();
    expect(result).toMatchObject({ purged: 1, locations_deleted: 1, bytes_reclaimed: 0 });
    expect(left).toEqual({ busy: 0, young: 0, failed: 0 });
    expect(await world.deletions(id)).toEqual([{ path: 'a.txt', removed: false }]);
    world.later(40 * day);
    await world.mark(again);
    world.later(day);
    await world.collect();
    world.later(7 * day);
    const young = await world.collect();
    expect(young.left).toEqual({ busy: 0, young: 1, failed: 0 });
    expect(await world.has('verified again')).toBe(true);
    expect(await world.phases(again)).toEqual({ 'b.txt': 'released' });
    world.minimumAgeSeconds = 3_600;
    expect(await world.settle().pass({ actor: 'service:retention', time: world.clock.now() })).toMatchObject({
      deleted: 1,
      bytesReclaimed: 14,
    });
    expect(await world.deletions(again)).toEqual([{ path: 'b.txt', removed: true }]);
  });

  it('waits for whoever holds a blob, and tries bad ones again', async () => {
    const id = await world.eligible({ 'busy.txt': 'busy bytes', 'bad.txt': 'bad bytes', 'good.txt': 'good bytes' });
    world.later(day);
    await world.collect();
    world.later(7 * day);
    const planned = await world.planner.execute();
    const collection = await world.start(planned);
    const bad = world.sha256('bad bytes');
    let refusals = 3;
    const store = Object.assign(Object.create(world.store) as typeof world.store, {
      removeBlobs: async (sha256s: readonly string[]) => {
        if (sha256s.includes(bad) && refusals-- > 0) throw new Error('the store is out of sorts');
        await world.store.removeBlobs(sha256s as never);
      },
    });
    const other = new CollectionWorld(server.serviceUrl);
    const holding = Promise.withResolvers<void>();
    const held = other.postgres.locks.hold(`blob:${world.sha256('busy bytes')}`, () => holding.promise);
    setTimeout(() => holding.resolve(), 700);
    const executed = await world.executor({ store }).execute(collection, null);
    await held;
    await other.close();
    expect(executed).toMatchObject({ left: { busy: 0, failed: 0 }, result: { locations_deleted: 3, bytes_reclaimed: 29 } });
    expect(world.failures).toEqual([`blob ${bad}: the store is out of sorts`]);
    expect((await world.deletions(id)).map(({ removed }) => removed)).toEqual([true, true, true]);
  });

  it('is carried out by one executor at a time', async () => {
    await world.eligible({ 'a.txt': 'alone' });
    world.later(day);
    const id = await world.start(await world.planner.execute());
    const results = await Promise.allSettled([world.executor().execute(id, null), world.executor().execute(id, null)]);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'PushBack' });
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await world.facts(id)).map((fact) => fact.type)).toEqual(['v1.collection.started', 'v1.collection.completed']);
  });
});

describe('the ledger', () => {
  it('counts logical, unique and trash bytes per repository and of the whole', async () => {
    const repository = `ledger/${randomUUID()}`;
    const trashed = await world.eligible({ 'a.txt': 'twelve bytes', 'b.txt': 'four' }, repository);
    await world.package({ files: { 'c.txt': 'twelve bytes' }, repository });
    world.later(day);
    await world.collect();
    expect((await world.retention(trashed)).trash).not.toBeNull();
    const now = world.clock.now();
    await world.postgres.ledger.measure(now);
    const entries = await world.postgres.ledger.entries();
    expect(entries.find((entry) => entry.repository === repository)).toEqual({
      repository,
      packages: 2,
      logicalBytes: 28,
      uniqueBytes: 16,
      trashBytes: 16,
      measuredAt: now,
    });
    const [whole, ...parts] = entries;
    expect(whole).toMatchObject({ repository: null, logicalBytes: parts.reduce((sum, part) => sum + part.logicalBytes, 0) });
    expect(await world.postgres.ledger.totals()).toEqual({ packages: whole?.packages, bytes: whole?.logicalBytes, measuredAt: now });
  });
});
