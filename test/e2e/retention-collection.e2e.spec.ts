import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';
import { SoakClient } from '../soak/soak-client.js';

interface Plan {
  readonly plan_digest: string;
  readonly packages: number;
  readonly plan: { readonly as_of: string; readonly trash: readonly { readonly package_id: string }[]; readonly purge: readonly unknown[] };
}
interface Collection {
  readonly collection_id: string;
  readonly state: string;
  readonly result: Readonly<Record<string, number>>;
}

/** A collection as an operator does it: sweep, plan, look, start that plan, wait; and what everybody else sees meanwhile. */
describe('collection through HTTP and the command line', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'muniment-collection-'));
  const bytes = Buffer.from('bytes of a package whose time is over');
  let archive: ArchiveUnderTest;
  let client: SoakClient;
  let id: string;
  let planned: Plan;

  beforeAll(async () => {
    const policy = path.join(directory, 'retention.toml');
    writeFileSync(policy, '[classes.blink]\ndefault_duration_seconds = 1\n');
    archive = await startArchive({
      env: {
        MUNIMENT_RETENTION_POLICY: policy,
        MUNIMENT_COLLECTION: 'manual',
        MUNIMENT_COLLECTION_GRACE_SECONDS: '0',
        MUNIMENT_TRASH_SECONDS: '2',
        MUNIMENT_COLLECTION_MINIMUM_AGE_SECONDS: '0',
      },
    });
    client = new SoakClient(archive.url, archive.token);
    const created = await client.post('/packages', randomUUID(), {
      repository: 'acme/widgets',
      name: 'brief',
      producer: 'ci',
      retention_class: 'blink',
    });
    id = String(created.body['id']);
    await client.put(`/packages/${id}/files/data.bin`, bytes);
    await eventually('the second witness', async () => (await gateAnswer('data.bin')) === 200);
  }, 120_000);

  afterAll(async () => {
    await archive.stop();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const muniment = (...args: readonly string[]): Promise<CommandRun> => runCommandLine(archive, args);
  const gateAnswer = async (file: string): Promise<number> => {
    const answer = await client.digestOf(`/packages/${id}/files/${file}`);
    return 'sha256' in answer ? 200 : answer.status;
  };
  const start = (plan: Plan, ...more: readonly string[]): Promise<CommandRun> =>
    muniment('retention', 'gc', '--execute', plan.plan_digest, '--as-of', plan.plan.as_of, '--reason', 'e2e', ...more);

  it('plans what a sweep marked, and says how to start exactly that', async () => {
    await eventually('the mark', async () => {
      await muniment('retention', 'sweep');
      return ((await muniment('retention', 'gc', '--json')).json() as Plan).packages === 1;
    });
    const told = await muniment('retention', 'gc');
    expect(told.output).toContain(id);
    expect(told.output).toMatch(/muniment retention gc --execute sha256:[0-9a-f]{64} --as-of \S+Z --reason/);
    planned = (await muniment('retention', 'gc', '--json')).json() as Plan;
    expect(planned.plan.trash.map((one) => one.package_id)).toEqual([id]);
  }, 60_000);

  it('wants plan and reason, and refuses a plan of which nobody ever heard', async () => {
    expect((await muniment('retention', 'gc', '--execute', planned.plan_digest)).code).toBe(2);
    const unknown = await start({ ...planned, plan_digest: `sha256:${'0'.repeat(64)}` }, '--json');
    expect(unknown.json()).toMatchObject({ error: { code: 'collection_plan_outdated' } });
    expect(unknown.code).not.toBe(0);
  }, 60_000);

  it('puts it into the trash, where its files are not served, and from where it comes back', async () => {
    const run = await start(planned, '--wait', '--json');
    expect(run.json()).toMatchObject({ state: 'completed', result: { trashed: 1, purged: 0, bytes_reclaimed: 0 } });
    expect(await gateAnswer('data.bin')).toBe(410);
    expect((await muniment('retention', 'restore', id, '--reason', 'looked again')).code).toBe(0);
    expect(await gateAnswer('data.bin')).toBe(200);
  }, 60_000);

  it('deletes it when nobody brings it back, once its time in the trash is over', async () => {
    await eventually('the trash', async () => {
      const again = (await muniment('retention', 'gc', '--json')).json() as Plan;
      return (await start(again, '--wait')).code === 0 && (await gateAnswer('data.bin')) === 410;
    });
    let last: Plan = planned;
    await eventually('the end of the trash', async () => {
      last = (await muniment('retention', 'gc', '--json')).json() as Plan;
      return last.plan.purge.length === 1;
    });
    const run = await start(last, '--wait');
    expect(run.code).toBe(0);
    expect(run.output).toMatch(/0 packages put into the trash, 1 deleted; 1 files gone, 37 B reclaimed/);
    const [latest] = ((await muniment('retention', 'gc', 'status', '--json')).json() as { collections: Collection[] }).collections;
    expect(latest).toMatchObject({ state: 'completed', result: { purged: 1, locations_deleted: 1, bytes_reclaimed: 37 } });
    expect((await muniment('retention', 'gc', 'status', latest?.collection_id ?? '')).output).toContain('completed');
    expect((await client.get(`/packages/${id}/files/data.bin`)).body).toMatchObject({ code: 'file_collected' });
    expect((await client.get(`/packages/${id}`)).body).toMatchObject({ state: 'garbage_collected' });
    // Too late for anything but reading.
    for (const [verb, body] of [
      ['holds', { reason: 'late' }],
      ['restorations', { reason: 'late' }],
    ] as const)
      expect((await client.post(`/packages/${id}/retention/${verb}`, randomUUID(), body)).body).toMatchObject({
        code: 'package_collected',
      });
    expect((await client.put(`/packages/${id}/files/late.bin`, bytes)).body).toMatchObject({ code: 'package_not_open' });
  }, 90_000);

  it('shows the space things take, and whether it is all there', async () => {
    const env = { MUNIMENT_OBJECT_STORE: 'filesystem', MUNIMENT_OBJECT_STORE_ROOT: archive.objects };
    const verify = (): Promise<CommandRun> =>
      runCommandLine(archive, ['storage', 'verify', '--json', '--database-url', archive.ownerUrl], 'muniment', env);
    const kept = await client.post('/packages', randomUUID(), {
      repository: 'acme/widgets',
      name: 'kept',
      producer: 'ci',
      retention_class: 'permanent-record',
    });
    id = String(kept.body['id']);
    const put = await client.put(`/packages/${id}/files/kept.bin`, Buffer.from('kept for ever'));
    await eventually('the second witness', async () => (await gateAnswer('kept.bin')) === 200);
    const whole = await verify();
    expect(whole.json()).toMatchObject({
      ok: true,
      referenced: { count: 1, bytes: 13 },
      stored: { count: 1, bytes: 13 },
      ledger: [
        { repository: null, packages: 1, logical_bytes: 13, unique_bytes: 13, physical_bytes: 13, trash_bytes: 0 },
        { repository: 'acme/widgets', packages: 1, logical_bytes: 13, unique_bytes: 13, physical_bytes: 13, trash_bytes: 0 },
      ],
    });
    expect(whole.code).toBe(0);
    expect((await muniment('storage', 'ledger', '--json')).json()).toMatchObject({
      entries: [{ repository: null, logical_bytes: 13 }, { repository: 'acme/widgets' }],
    });
    const sha256 = String(put.body['sha256']).replace('sha256:', '');
    unlinkSync(path.join(archive.objects, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256));
    const broken = await verify();
    expect(broken.json()).toMatchObject({ ok: false, missing: { count: 1, bytes: 13, examples: [{ digest: `sha256:${sha256}` }] } });
    expect(broken.code).toBe(12);
  }, 90_000);
});
