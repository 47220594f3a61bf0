import { beforeAll, describe, expect, it } from '@jest/globals';
import { knownKey } from '../keys/key-answer.js';
import { Trust } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import { signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import type { SmallLog } from '../spec-support/small-log.js';
import { checkSharedHistory, type NotedCheckpoint, type SharedHistory } from './check-shared-history.js';

let world: SignedWorld;
let log: SmallLog;
let trust: Trust;
beforeAll(async () => {
  world = await signedWorld();
  log = world.log;
  const pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] };
  trust = new Trust(pins, world.keys.map(knownKey), () => 'word');
});

interface Told {
  readonly kept: string;
  readonly proven: string;
  readonly history: SharedHistory;
}

/** A kept checkpoint of 4, a proven one of 3, a latest one of 5; something else where `told` says so. */
async function shared(told: Partial<Told> = {}): Promise<{ readonly latest: NotedCheckpoint | null; readonly failed: readonly string[] }> {
  const list = new CheckList();
  const kept = { note: told.kept ?? (await log.checkpoint(4)), keptBy: 'a friend' };
  const history = told.history ?? { fromKept: await log.consistency(4), fromProven: await log.consistency(3) };
  const latest = checkSharedHistory('package', kept, told.proven ?? (await log.checkpoint(3)), history, trust, list);
  expect(list.failed.length === 0).toBe(latest !== null);
  return { latest, failed: list.failed.map(({ check, detail }) => `${check}: ${detail}`) };
}

describe('a kept checkpoint that is later than the proven one', () => {
  it('is no rollback where a third continues both', async () => {
    const { latest } = await shared();
    expect([latest?.believed.size, latest?.note]).toEqual([5, await log.checkpoint(5)]);
  });

  it('may be the latest itself', async () => {
    const history = { fromKept: await log.consistency(5), fromProven: await log.consistency(3) };
    expect((await shared({ kept: await log.checkpoint(5), history })).latest?.believed.size).toBe(5);
  });

  it('finds a log that has another history for either', async () => {
    const rewritten = Buffer.alloc(32, 1);
    expect((await shared({ kept: await log.checkpoint(4, rewritten) })).failed).toEqual([expect.stringContaining('rewritten')]);
    expect((await shared({ proven: await log.checkpoint(3, rewritten) })).failed).toEqual([expect.stringContaining('rewritten')]);
  });

  it('takes no proofs to different checkpoints, none of a smaller tree, and no nonsense', async () => {
    const [fromKept, fromProven] = [await log.consistency(4), await log.consistency(3)];
    const cases: readonly (readonly [SharedHistory, string])[] = [
      [{ fromKept, fromProven: await log.consistency(3, 4) }, 'another checkpoint'],
      [{ fromKept: await log.consistency(2, 3), fromProven: await log.consistency(2, 3) }, 'rolled back'],
      [{ fromKept: 'nonsense', fromProven }, 'not a consistency proof'],
      [{ fromKept, fromProven: 'nonsense' }, 'not a consistency proof'],
    ];
    for (const [history, why] of cases) expect((await shared({ history })).failed).toEqual([expect.stringContaining(why)]);
  });
});
