import { beforeAll, expect, it } from '@jest/globals';
import { knownKey } from '../keys/key-answer.js';
import { Trust } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import { signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import { checkConsistency } from './check-consistency.js';
import { checkCheckpoint } from './check-inclusion.js';

let world: SignedWorld;
let trust: Trust;
beforeAll(async () => {
  world = await signedWorld();
  trust = new Trust(
    { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] },
    world.keys.map(knownKey),
    () => 'word',
  );
});

async function consistency(kept: string, newerSize: number, proof: string | null): Promise<CheckList> {
  const list = new CheckList();
  const newer = checkCheckpoint('now', await world.log.checkpoint(newerSize), trust, new CheckList());
  if (newer === null) throw new Error('no checkpoint');
  checkConsistency('package', { note: kept, keptBy: 'a friend' }, newer, proof, trust, list);
  return list;
}
const failedOf = (list: CheckList): readonly string[] => list.failed.map(({ check, detail }) => `${check}: ${detail}`);

it('accepts every older state of the log', async () => {
  for (const older of [1, 2, 3, 4]) {
    const list = await consistency(await world.log.checkpoint(older), 5, await world.log.consistency(older));
    expect([older, failedOf(list)]).toEqual([older, []]);
    expect(list.checks.at(-1)).toMatchObject({ check: 'log.consistency', result: 'ok', rests_on: 'a friend; word' });
  }
  expect(failedOf(await consistency(await world.log.checkpoint(5), 5, null))).toEqual([]);
});

it('finds a log that was rolled back or rewritten', async () => {
  expect(failedOf(await consistency(await world.log.checkpoint(5), 3, null))).toEqual([expect.stringContaining('rolled back')]);
  const rewritten = await world.log.checkpoint(3, Buffer.alloc(32, 1));
  expect(failedOf(await consistency(rewritten, 5, await world.log.consistency(3)))).toEqual([expect.stringContaining('rewritten')]);
  expect(failedOf(await consistency(await world.log.checkpoint(5, Buffer.alloc(32, 1)), 5, null))).toEqual([
    expect.stringContaining('rewritten'),
  ]);
});

it('refuses proofs that are cut, of another size or of another checkpoint', async () => {
  const kept = await world.log.checkpoint(3);
  const proof = await world.log.consistency(3);
  expect(failedOf(await consistency(kept, 5, proof.slice(0, 30)))).toHaveLength(1);
  expect(failedOf(await consistency(kept, 5, proof.replace(/\n[^\n]+\n\n/, '\n\n')))).toHaveLength(1);
  expect(failedOf(await consistency(kept, 5, await world.log.consistency(2)))).toHaveLength(1);
  expect(failedOf(await consistency(kept, 5, await world.log.consistency(3, 4)))).toEqual([expect.stringContaining('another checkpoint')]);
});

it('says when there is no proof', async () => {
  expect((await consistency(await world.log.checkpoint(3), 5, null)).checks.at(-1)).toMatchObject({
    check: 'log.consistency',
    result: 'skipped',
  });
});
