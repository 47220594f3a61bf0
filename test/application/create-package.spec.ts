import { describe, expect, it } from '@jest/globals';
import { CreatePackage } from '@muniment/application';
import { defaultRetentionClasses, type Principal } from '@muniment/domain';
import { describedPackage, MemoryWorld } from '@muniment/testing';
import { writer } from './archive.js';

const packageId = '01900000-0000-7000-8000-00000000cccc';

function given() {
  const world = new MemoryWorld();
  const useCase = new CreatePackage(world.log, world.states, () => defaultRetentionClasses, world.clock);
  const create = (name = 'wheelhouse', retentionClass = 'transient', caller: Principal = writer) => {
    const { package_id, ...description } = describedPackage(packageId, { name });
    return useCase.execute({ caller, packageId: package_id, command: { description, retentionClass }, traceparent: null });
  };
  return { world, create };
}

describe('create a package', () => {
  it('is one package, however often or at once the same request comes', async () => {
    const { world, create } = given();
    expect(await Promise.all([create(), create(), create()])).toEqual([packageId, packageId, packageId]);
    await world.log.pass();
    expect(await world.log.head()).toBe(2n);
    expect(await world.views.one(packageId)).toMatchObject({
      retention: { retentionClass: 'transient', expiresAt: '2026-03-08T12:00:00.000Z', eligibleSince: null },
    });
  });

  it('refuses another request under the same key', async () => {
    const { create } = given();
    await create();
    await expect(create('another')).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('records nothing for an unknown class or a stranger', async () => {
    const { world, create } = given();
    await expect(create('wheelhouse', 'for-ever')).rejects.toMatchObject({ code: 'unknown_retention_class' });
    await expect(create('wheelhouse', 'transient', { ...writer, repositories: ['other/*'] })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await world.log.pass()).toBe(0);
  });
});
