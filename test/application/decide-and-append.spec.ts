import { describe, expect, it } from '@jest/globals';
import { decideAndAppend, RevisionConflict, type EventLog } from '@muniment/application';
import type { DomainEvent } from '@muniment/domain';
import { receivedFile, someInstant } from '@muniment/testing';
import { TestArchive } from './archive.js';
import { alwaysOvertaken, Killed, killedAtAppend, overtaken } from './interrupted-log.js';

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
  const decide = (through: EventLog, facts: readonly DomainEvent[] = [receivedFile(ids.next())]) =>
    decideAndAppend(through, {
      packageId,
      attribution: { actor: 'token:acme-ci', time: someInstant },
      load: async () => {
        const loaded = await states.package(packageId);
        if (!loaded) throw new Error('no package');
        return loaded;
      },
      revisionOf: (loaded) => loaded.package.revision,
      decide: () => facts,
      prepare: (_, loaded) => Promise.resolve(void prepared.push(loaded.package.revision)),
    });
  return { archive, packageId, append, decide, prepared, log };
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
    expect(prepared).toEqual([2, 3, 4, 5]);
    expect(result.revision).toBe(6);
    expect(await archive.factTypes(packageId)).toHaveLength(4);
  });

  it('gives up when it is too late every time', async () => {
    const { decide, log } = await given();
    let tries = 0;
    await expect(decide(alwaysOvertaken(log, () => tries++))).rejects.toThrow(RevisionConflict);
    expect(tries).toBe(50);
  });

  it('does not repeat what failed for another reason', async () => {
    const { decide, log, prepared } = await given();
    await expect(decide(killedAtAppend(log, 'after'))).rejects.toThrow(Killed);
    expect(prepared).toEqual([2]);
  });
});
