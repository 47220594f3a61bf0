import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { retentionHttp, tokensHttp } from '@muniment/contracts';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { Caller } from '../stack/caller.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';

const nowhere = '00000000-0000-4000-8000-000000000000';

let archive: ArchiveUnderTest;
let api: Caller;

beforeAll(async () => {
  // No retention service: nobody but these specs sweeps.
  archive = await startArchive({ services: ['gateway', 'hasher'] });
  api = new Caller(archive.url, archive.token);
}, 120_000);

afterAll(() => archive?.stop(), 60_000);

const muniment = (...args: readonly string[]): Promise<CommandRun> => runCommandLine(archive, args);
const open = async (fields: Readonly<Record<string, unknown>> = {}): Promise<string> => (await api.createPackage(fields)).id;
const retention = async (id: string) => retentionHttp.retentionAnswer.parse((await api.get(`/packages/${id}/retention`)).json());

/** Exit code and stable code of a command that was refused, with --json. */
async function refusal(...args: readonly string[]): Promise<readonly [number | null, string, string]> {
  const run = await muniment(...args, '--json');
  const { error } = run.json() as { error: { code: string; exit_code: number } };
  expect(error.exit_code).toBe(run.code);
  return [run.code, error.code, run.errors];
}

describe('for people', () => {
  it('extend, hold, why, history, release and preview say dates and reasons', async () => {
    const id = await open();
    const extended = await muniment('extend', id, '--until', '90d', '--reason', 'supported longer');
    expect([extended.code, extended.errors]).toEqual([0, '']);
    expect(extended.output).toMatch(/^class {5}transient, expires \d{4}-\S+Z \(in 90 days\)$/m);
    expect(extended.output).toMatch(/^why .*supported longer.*\[kept_by_extension\]$/m);
    const held = await muniment('hold', id, '--reason', 'quarterly audit');
    const holdId = held.output.trim();
    expect([held.code, held.errors]).toEqual([0, expect.stringContaining(`muniment release ${id} ${holdId}`)]);
    const why = await muniment('retention', 'why', id);
    expect(why.output).toMatch(new RegExp(`^held by {3}token:\\S+ since \\S+: quarterly audit {2}\\[hold ${holdId}\\]$`, 'm'));
    expect(why.output).toMatch(/^deletion {2}not eligible$/m);
    const preview = await muniment('retention', 'preview', '--at', '400d', '--without-hold', holdId);
    expect(preview.output).toContain(`${id}  acme/widgets  `);
    expect((await muniment('retention', 'preview', '--at', '400d')).output).not.toContain(id);
    const released = await muniment('release', id, holdId, '--reason', 'audit closed');
    expect([released.code, released.output]).toEqual([0, expect.not.stringContaining('held by')]);
    const history = (await muniment('retention', 'history', id)).output.trimEnd().split('\n');
    expect(history).toHaveLength(4);
    expect(history[1]).toMatch(/^\S+Z {2}retention\.extended {2}by token:\S+: supported longer {2}.*new_expires_at=/);
    expect(history[3]).toMatch(/retention\.hold_released {2}by token:\S+: audit closed .*remaining_holds=0$/);
  }, 60_000);

  it('classes, sweeps and validations', async () => {
    expect((await muniment('retention', 'classes')).output).toMatch(
      /^release-evidence +2555 d$[^]*^permanent-record +for ever$[^]*newest 3 validated/m,
    );
    const id = await open();
    const dry = await muniment('retention', 'sweep', '--now', '8d', '--dry-run');
    expect(dry.output).toMatch(new RegExp(`^${id}$[^]*^would mark \\d+ as of `, 'm'));
    expect((await retention(id)).eligible_for_deletion).toBe(false);
    expect((await muniment('retention', 'sweep', '--now', '8d')).output).toMatch(new RegExp(`^${id}$[^]*^marked \\d+ as of `, 'm'));
    expect((await retention(id)).eligible_for_deletion).toBe(true);
    const pkg = await api.archive({ 'report.json': new Uint8Array(Buffer.from('{}')) });
    const report = path.join(archive.directory, 'report.json');
    writeFileSync(report, '{"tests": 120, "failures": []}');
    const validated = await muniment('validations', 'add', pkg.id, '--result', 'passed', '--report', report);
    expect([validated.code, validated.output]).toEqual([0, expect.stringMatching(/^passed at \S+Z {2}\[validation \S+\]\n$/)]);
    expect((await api.package(pkg.id)).validation).toMatchObject({ result: 'passed' });
  }, 60_000);
});

describe('for machines', () => {
  it('preview walks all pages, up to a limit', async () => {
    const made = await Promise.all(Array.from({ length: 7 }, () => open({ repository: 'acme/paged' })));
    const all = (await muniment('retention', 'preview', '--at', '8d', '--json')).json() as {
      count: number;
      packages: { package_id: string }[];
    };
    expect(all.packages.map(({ package_id }) => package_id)).toEqual(expect.arrayContaining(made));
    expect(all.count).toBe(all.packages.length);
    const three = (await muniment('retention', 'preview', '--at', '8d', '--limit', '3', '--json')).json() as { packages: object[] };
    expect(three.packages).toHaveLength(3);
  }, 60_000);

  it('refusals have the exit codes that are documented, and nothing on standard error', async () => {
    const id = await open();
    const permanent = await open({ retention_class: 'permanent-record' });
    const holdId = retentionHttp.holdAnswer.parse((await api.post(`/packages/${id}/retention/holds`, { reason: 'x' })).json()).hold_id;
    await api.post(`/packages/${id}/retention/holds/${holdId}/release`, { reason: 'x' });
    expect(await refusal('extend', id, '--until', '1d', '--reason', 'x')).toEqual([23, 'extension_not_later', '']);
    expect(await refusal('extend', permanent, '--until', '9000d', '--reason', 'x')).toEqual([23, 'retention_permanent', '']);
    expect(await refusal('release', id, holdId, '--reason', 'x')).toEqual([23, 'hold_already_released', '']);
    expect(await refusal('release', id, nowhere, '--reason', 'x')).toEqual([22, 'hold_not_found', '']);
    expect(await refusal('retention', 'restore', id, '--reason', 'x')).toEqual([23, 'package_not_in_trash', '']);
    expect(await refusal('hold', id, '--reason', '  ')).toEqual([24, 'reason_required', '']);
    expect(await refusal('hold', id)).toEqual([2, 'usage', '']);
    expect(await refusal('retention', 'why', nowhere)).toEqual([22, 'package_not_found', '']);
    expect(await refusal('retention', 'why', id, '--as-of', 'yesterday')).toEqual([2, 'usage', '']);
    expect(await refusal('validations', 'add', id, '--result', 'perhaps')).toEqual([2, 'usage', '']);
    expect(await refusal('validations', 'add', id, '--result', 'passed', '--report', '/nowhere/report.json')).toEqual([2, 'usage', '']);
    expect(await refusal('validations', 'add', id, '--result', 'passed')).toEqual([23, 'package_not_finalized', '']);
    const { token } = tokensHttp.createdTokenAnswer.parse(
      (await api.post('/tokens', { name: 'ci', verbs: ['read', 'write'], repositories: ['*'] })).json(),
    );
    expect(await refusal('hold', id, '--reason', 'x', '--token', token)).toEqual([21, 'forbidden', '']);
    expect(await refusal('retention', 'sweep', '--token', token)).toEqual([21, 'forbidden', '']);
  }, 120_000);
});
