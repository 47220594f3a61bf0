import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { planDigest } from '@muniment/application';
import { plusSeconds } from '@muniment/domain';
import { rebuildViews } from '@muniment/postgres';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { administrator, CollectionWorld, day, keeper } from './world.js';

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

describe('a plan', () => {
  it('names what has been eligible for the grace, and nothing sooner', async () => {
    const id = await world.eligible({ 'a.txt': 'graceful' });
    world.later(day - 1);
    expect(named((await world.planner.execute()).plan.trash)).toEqual([]);
    world.later(1);
    const { plan, digest } = await world.planner.execute();
    expect(named(plan.trash)).toEqual([id]);
    expect(plan.trash[0]).toMatchObject({ repository: 'acme/widgets', name: 'report', files: 1, bytes: 8 });
    expect(plan.purge).toEqual([]);
    expect(digest).toBe(planDigest(plan));
  });

  it('is the same for the same instant however often it is made, in order of the packages', async () => {
    const ids = [
      await world.eligible({ 'a.txt': 'p1' }),
      await world.eligible({ 'a.txt': 'p2' }),
      await world.eligible({ 'a.txt': 'p3' }),
    ].sort();
    const asOf = world.later(day);
    const first = await world.planner.execute();
    world.later(5);
    const again = await world.planner.execute({ asOf });
    expect(again).toEqual(first);
    expect(named(first.plan.trash)).toEqual(ids);
    expect(named((await world.planner.execute({ limit: 2 })).plan.trash)).toEqual(ids.slice(0, 2));
  });

  it('is refused for an instant in the future', async () => {
    await expect(world.planner.execute({ asOf: plusSeconds(world.clock.now(), 1) })).rejects.toMatchObject({
      code: 'request_malformed',
    });
  });

  it('leaves out what is held, extended, curated or marked as of a later time', async () => {
    const held = await world.eligible({ 'a.txt': 'held' });
    const curated = await world.eligible({ 'a.txt': 'curated' });
    const extended = await world.eligible({ 'a.txt': 'extended' });
    const early = await world.package({ files: { 'a.txt': 'early' } });
    const now = world.clock.now();
    await world.add(held, { type: 'v1.retention.hold_applied', payload: { hold_id: randomUUID(), applied_at: now } });
    await world.add(curated, { type: 'v1.retention.promoted', payload: { promoted_at: now } });
    const later = plusSeconds(now, 3_650 * day);
    const { expiresAt } = await world.retention(extended);
    await world.add(extended, {
      type: 'v1.retention.extended',
      payload: { previous_expires_at: expiresAt ?? now, new_expires_at: later, extended_at: now },
    });
    // A rehearsed sweep: marked today as of a day on which it will be over.
    const expiry = world.later(0);
    await world.add(early, {
      type: 'v1.retention.extended',
      payload: { previous_expires_at: expiry, new_expires_at: later, extended_at: now },
    });
    await world.add(early, { type: 'v1.retention.deletion_eligible', payload: { as_of: later, expires_at: later } });
    world.later(2 * day);
    expect(await world.planner.execute()).toMatchObject({ plan: { trash: [], purge: [] } });
  });
});

describe('the start of a collection', () => {
  it('is refused while collection is off', async () => {
    const planned = await world.planner.execute();
    world.settings = { ...world.settings, mode: 'off' };
    await expect(world.start(planned)).rejects.toMatchObject({ code: 'collection_disabled' });
  });

  it.each(['hold', 'extension', 'another event', 'restored policy'] as const)('is refused when the world moved: %s', async (what) => {
    const id = await world.eligible({ 'a.txt': `moved by ${what}` });
    world.later(day);
    const planned = await world.planner.execute();
    const now = world.clock.now();
    if (what === 'hold') await world.add(id, { type: 'v1.retention.hold_applied', payload: { hold_id: randomUUID(), applied_at: now } });
    if (what === 'extension') {
      const payload = { previous_expires_at: now, new_expires_at: plusSeconds(now, 3_650 * day), extended_at: now };
      await world.add(id, { type: 'v1.retention.extended', payload });
    }
    if (what === 'another event')
      await world.add(id, {
        type: 'v1.package.validated',
        payload: { validation_id: randomUUID(), result: 'passed', report: null, validated_at: now },
      });
    if (what === 'restored policy') world.settings = { ...world.settings, trashSeconds: 8 * day };
    await expect(world.start(planned)).rejects.toMatchObject({ code: 'collection_plan_outdated' });
    if (what === 'extension' || what === 'hold') return;
    await world.start(await world.planner.execute());
  });

  it('happens once for one id, whoever repeats it', async () => {
    await world.eligible({ 'a.txt': 'once' });
    world.later(day);
    const planned = await world.planner.execute();
    const id = randomUUID();
    expect(await Promise.all([world.start(planned, { id }), world.start(planned, { id })])).toEqual([id, id]);
    expect(await world.start(planned, { id })).toBe(id);
    await expect(world.start({ ...planned, digest: 'sha256:00' }, { id })).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(await world.facts(id)).toHaveLength(1);
    await world.executor().execute(id, null);
  });

  it('needs the verb retention everywhere, and a reason', async () => {
    const planned = await world.planner.execute();
    const confined = { ...keeper, repositories: ['acme/*'] };
    await expect(world.start(planned, { caller: confined })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(world.planner.forCaller(confined, {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('is stopped by the brake unless an administrator says that it is meant', async () => {
    for (let n = 0; n < 12; n++) await world.eligible({ 'a.txt': `brake ${n}` });
    world.later(day);
    await world.postgres.ledger.measure(world.clock.now());
    world.settings = { ...world.settings, maxSharePercent: 10 };
    const planned = await world.planner.execute();
    expect(planned.brake).toMatchObject({ tripped: true, maxSharePercent: 10, planned: { packages: 12 } });
    await expect(world.start(planned)).rejects.toMatchObject({ code: 'collection_brake' });
    await expect(world.start(planned, { overrideBrake: true })).rejects.toMatchObject({ code: 'forbidden' });
    const id = await world.start(planned, { caller: administrator, overrideBrake: true });
    expect((await world.facts(id))[0]).toMatchObject({ payload: { brake_overridden: true } });
    await world.executor().execute(id, null);
  });
});
