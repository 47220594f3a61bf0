import { describe, expect, it } from '@jest/globals';
import { decideAndAppend, type EventLog } from '@muniment/application';
import { PushBack, type DomainEvent } from '@muniment/domain';
import { receivedFile, someInstant } from '@muniment/testing';
import { TestArchive } from './archive.js';
import { alwaysOvertaken, counted, Killed, killedAtAppend, overtaken } from './interrupted-log.js';

async function given() {
  const archive = new TestArchive();
  const packageId = await archive.open();
  const { log, states, ids } = archive.world;
  const append = (expectedRevision: number): Promise<unknown> => {
    const facts = [receivedFile(ids.next(), { path: `other-${expectedRevision}` })];
    return log.append({
      subject: { kind: 'package', id: packageId },
      expectedRevision,
      facts,
      attribution: { actor: 'x', time: someInstant },
    });
  };
  const prepared: number[] = [];
  const load = async () => {
    const loaded = await states.package(packageId);
    if (!loaded) throw new Error('no package');
    return loaded;
  };
  const decision = (facts: readonly DomainEvent[]) => ({
    packageId,
    attribution: { actor: 'token:acme-ci', time: someInstant },
    load,
    revisionOf: (loaded: Awaited<ReturnType<typeof load>>) => loaded.package.revision,
    decide: () => facts,
  });
  const decide = (through: EventLog, facts: readonly DomainEvent[] = [receivedFile(ids.next())]) =>
    decideAndAppend(through, {
      ...decision(facts),
      prepare: (_, loaded) => Promise.resolve(void prepared.push(loaded.package.revision)),
    });
  const file = (path: string) => [receivedFile(ids.next(), { path })];
  return { archive, packageId, append, decide, decision, file, load, prepared, log };
}

describe('decide and append', () => {
  it('appends what was decided, after it was prepared', async () => {
    const { decide, log, prepared } = await given();
    expect(await decide(log)).toMatchObject({ revision: 3, view: { package: { revision: 2 } } });
    expect(prepared).toEqual([2]);
  });

  it('appends and prepares nothing when there is nothing to do', async () => {
    const { decide, log, prepared } = await given();
    expect(await decide(log, [])).toMatchObject({ revision: 2, facts: [] });
    expect(prepared).toEqual([]);
  });

  it('decides again on the new state when somebody else was first', async () => {
    const { decide, log, append, prepared, archive, packageId } = await given();
    let revision = 2;
    const result = await decide(overtaken(log, 3, () => append(revision++)));
    // the same facts each time
    expect(prepared).toEqual([2]);
    expect(result.revision).toBe(6);
    expect(await archive.factTypes(packageId)).toHaveLength(4);
  });

  it('prepares again what is not what it prepared', async () => {
    const { decision, load, append, log } = await given();
    const prepared: unknown[] = [];
    const result = await decideAndAppend(
      overtaken(log, 1, () => append(2)),
      {
        ...decision([]),
        load,
        decide: ({ package: { revision } }) => [receivedFile('0197b6f0-0000-7000-8000-000000000000', { path: `at-${revision}` })],
        prepare: ([fact]) => Promise.resolve(void prepared.push(fact?.payload.path)),
      },
    );
    expect([prepared, result.revision]).toEqual([['at-2', 'at-3'], 4]);
  });

  it('gives up when it is too late every time', async () => {
    const { decide, log } = await given();
    let tries = 0;
    await expect(decide(alwaysOvertaken(log, () => tries++))).rejects.toThrow(PushBack);
    expect(tries).toBe(50);
  });

  it('does not repeat what failed for another reason', async () => {
    const { decide, log, prepared } = await given();
    await expect(decide(killedAtAppend(log, 'after'))).rejects.toThrow(Killed);
    expect(prepared).toEqual([2]);
  });

  it('takes turns: none of many at once is in vain', async () => {
    const { archive, packageId, decision, file, log } = await given();
    let appends = 0;
    const through = counted(log, () => appends++);
    const all = await Promise.all(Array.from({ length: 32 }, (_, n) => decideAndAppend(through, decision(file(`file-${n}`)))));
    expect(appends).toBe(32);
    expect(all.map(({ revision }) => revision)).toEqual(Array.from({ length: 32 }, (_, n) => n + 3));
    expect(await archive.factTypes(packageId)).toHaveLength(32);
  });

  it('believes what the caller read until somebody else has had a turn', async () => {
    const { decision, file, load, log } = await given();
    const known = await load();
    let loads = 0;
    const counting = { known, load: () => (loads++, load()) };
    const [first, second] = await Promise.all(['a', 'b'].map((path) => decideAndAppend(log, { ...decision(file(path)), ...counting })));
    expect([first?.revision, second?.revision, loads]).toEqual([3, 4, 1]);
    // and is not deceived when that was long ago
    expect(await decideAndAppend(log, { ...decision(file('c')), ...counting })).toMatchObject({ revision: 5 });
  });

  it('lets others have their turn while something is prepared', async () => {
    const { decision, file, log } = await given();
    const preparing = Promise.withResolvers<void>();
    const prepared = decideAndAppend(log, { ...decision(file('slow')), prepare: () => preparing.promise });
    expect(await decideAndAppend(log, decision(file('quick')))).toMatchObject({ revision: 3 });
    preparing.resolve();
    expect(await prepared).toMatchObject({ revision: 4 });
  });

  it('goes on after one that failed', async () => {
    const { decision, file, log } = await given();
    const failing = { ...decision(file('a')), decide: fail };
    const [one, other] = await Promise.allSettled([decideAndAppend(log, failing), decideAndAppend(log, decision(file('b')))]);
    expect(one).toMatchObject({ status: 'rejected', reason: { message: 'no' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: { revision: 3 } });
  });
});

function fail(): never {
  throw new Error('no');
}
