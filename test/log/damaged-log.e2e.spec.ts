import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseCheckpoint } from '@muniment/formats';
import { eventually } from '../stack/left-behind.js';
import { buildLogChecker, logCheck, logCheckerBuildMs, logCheckerUnavailable } from '../stack/log-checker.js';
import { SignedLog } from './signed-log.js';

const missing = logCheckerUnavailable();
if (missing !== null) console.log(`skipped: ${missing}`);

let log: SignedLog;

beforeAll(async () => {
  await buildLogChecker();
  log = await SignedLog.start(['gateway', 'signer']);
  for (let n = 0; n < 10; n++) await log.api.createPackage();
  await log.covered();
}, 180_000 + logCheckerBuildMs);
afterAll(() => log?.stop(), 60_000);

const accepted = { accepted: true, output: expect.anything(), reason: '' };

describe('signers that are killed', () => {
  it('leave a log that is whole and goes on, however many there are', async () => {
    let isDone = false;
    const appending = (async () => {
      while (!isDone) await log.api.createPackage();
    })();
    try {
      for (let round = 0; round < 4; round++) {
        const two = await Promise.all([log.archive.start('signer'), log.archive.start('signer')]);
        const before = parseCheckpoint(await log.text('/log/checkpoint')).size;
        // Once they are at it: after the next checkpoint, in the middle of whatever comes then.
        await eventually('a newer checkpoint', async () => parseCheckpoint(await log.text('/log/checkpoint')).size > before);
        await Promise.all([...log.archive.running].filter(({ service }) => service === 'signer').map((signer) => signer.kill()));
        expect(two.every((signer) => !log.archive.running.has(signer))).toBe(true);
      }
    } finally {
      isDone = true;
      await appending;
    }
    await log.archive.start('signer');
    await log.covered();
    const checked = await log.run('log', 'check', '--database-url', log.archive.ownerUrl, '--key', log.key);
    expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('ok    checkpoints')]);
    if (missing === null) expect(await logCheck(['read', log.key, `${log.archive.url}/log`, log.archive.token])).toEqual(accepted);
  }, 120_000);
});

describe('an event that is edited behind the archive', () => {
  it('is seen by log check, by the signer, and by whoever kept a checkpoint', async () => {
    await log.run('log', 'checkpoint', '-o', log.file('before'));
    await Promise.all([...log.archive.running].filter(({ service }) => service !== 'gateway').map((service) => service.stop()));
    await log.sql(
      `set session_replication_role = 'replica'; update events set actor = 'token:nobody' where id = (select event_id from event_sequence where sequence = 12)`,
    );
    const checked = await log.run('log', 'check', '--database-url', log.archive.ownerUrl, '--key', log.key);
    expect([checked.code, checked.output]).toEqual([13, expect.stringContaining('events were changed: edited 12')]);
    // The archive now answers another entry for event 12, which its own proof does not prove.
    await log.run('log', 'proof', '12', '-o', log.file('edited.tlog-proof'));
    expect((await log.run('log', 'verify-proof', log.file('edited.tlog-proof'), '--key', log.key)).code).toBe(12);
    // Rewritten with its tree, it fits itself: the signer refuses to sign it.
    await log.sql(
      `set session_replication_role = 'replica'; delete from log_cosignatures; delete from log_checkpoints; delete from log_tiles; update log_tree set size = 0`,
    );
    const signer = await log.archive.start('signer');
    await eventually('the alarm', () => signer.log().includes('THE LOG IS NOT WHAT WAS SIGNED'));
    expect((await log.api.get('/log/checkpoint')).code).toBe('log_checkpoint_not_found');
    expect(await (await fetch(`${signer.adminUrl}/metrics`)).text()).toMatch(/^muniment_log_rewritten(\{[^}]*\})? 1/m);
    // A signer that forgot signs it; whoever kept a checkpoint is not taken in.
    await signer.stop();
    await log.archive.start('signer', { MUNIMENT_LOG_CHECKPOINT_FILE: log.file('forgotten') });
    await log.covered();
    const since = await log.run('log', 'checkpoint', '--since', log.file('before'), '--key', log.key);
    expect([since.code, since.errors]).toEqual([13, expect.stringContaining('does not continue')]);
    expect(
      (await log.run('log', 'check', '--database-url', log.archive.ownerUrl, '--key', log.key, '--checkpoint', log.file('before'))).code,
    ).toBe(13);
  }, 90_000);
});
