import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evidenceHttp, packagesHttp, type AttestationAnswer } from '@muniment/contracts';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { runCommandLine, type CommandRun } from '../stack/command.js';

const [strict, lax] = ['acme/widgets', 'acme/notes'];
const folder = mkdtempSync(join(tmpdir(), 'muniment-policy-'));
let archive: ArchiveUnderTest;
beforeAll(async () => {
  const policy = join(folder, 'attestation.toml');
  writeFileSync(policy, `[attestation."${strict}"]\nrequired = true\n\n[attestation."acme/*"]\nrequired = false\n`);
  // A signer's job ends after five attempts: from then on it is the tick that tries again.
  const env = { MUNIMENT_ATTESTATION_POLICY: policy, MUNIMENT_TICK_SECONDS: '1' };
  archive = await startArchive({ services: ['gateway', 'hasher', 'retention'], env });
}, 120_000);
afterAll(async () => {
  await archive.stop();
  rmSync(folder, { recursive: true, force: true });
});

const headers = (): Readonly<Record<string, string>> => ({ authorization: `Bearer ${archive.token}`, 'content-type': 'application/json' });
const get = async (path: string): Promise<unknown> => (await fetch(`${archive.url}${path}`, { headers: headers() })).json();
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${archive.url}${path}`, { method: 'POST', headers: headers(), body: JSON.stringify(body) });

async function opened(repository: string, content: string): Promise<string> {
  const body = { repository, name: 'widgets', version: '1.0', producer: 'e2e', retention_class: 'raw-evidence' };
  const { id } = packagesHttp.packageAnswer.parse(await (await post('/packages', body)).json());
  await fetch(`${archive.url}/packages/${id}/files/widgets.bin`, { method: 'PUT', headers: headers(), body: content });
  return id;
}

async function finalized(repository: string, content: string): Promise<string> {
  const id = await opened(repository, content);
  await post(`/packages/${id}/finalize`, {});
  await eventually(
    `${id} to be finalized`,
    async () => packagesHttp.packageAnswer.parse(await get(`/packages/${id}`)).state === 'finalized',
  );
  return id;
}

const toldWithPackage = async (id: string): Promise<AttestationAnswer | undefined> =>
  packagesHttp.packageAnswer.parse(await get(`/packages/${id}`)).attestation;
const toldWithList = async (id: string, query = ''): Promise<AttestationAnswer | undefined> =>
  evidenceHttp.evidenceListAnswer.parse(await get(`/packages/${id}/attestations${query}`)).summary;
const status = (id: string, ...more: readonly string[]): Promise<CommandRun> => runCommandLine(archive, ['attest', 'status', id, ...more]);

const keyring = (): string => join(archive.directory, 'keys', 'keyring.toml');
function changeKeyring(change: (text: string) => string): void {
  writeFileSync(keyring(), change(readFileSync(keyring(), 'utf8')));
}

/** Since before anything here was signed, so that every statement by the keys there are may be a thief's. */
function loseKeys(): void {
  const since = new Date(Date.now() - 3_600_000).toISOString();
  changeKeyring((text) => text.replaceAll(/^purpose = "attestation"\n(?!compromised_at)/gm, `$&compromised_at = ${since}\n`));
}

function addKey(name: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(archive.directory, 'keys', `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const entry = `\n[[key]]\nname = "${name}"\npurpose = "attestation"\nfile = "${name}.pem"\nnot_before = ${new Date().toISOString()}\n`;
  changeKeyring((text) => text + entry);
}

async function restartedSigner(): Promise<void> {
  for (const one of [...archive.running]) if (one.service === 'signer') await one.stop();
  await archive.start('signer');
}

const statements = ['archive-receipt', 'release'];
const lacking = (reason: string, failure?: string) => statements.map((statement) => ({ statement, reason, ...(failure && { failure }) }));

describe('a repository that wants its packages attested before anything is published', () => {
  it('holds a package back until the signer signed all that finalization calls for; another repository only tells', async () => {
    const open = await opened(strict, 'still open');
    expect(await toldWithPackage(open)).toEqual({ state: 'none', required: true, satisfied: false, missing: lacking('not_finalized') });
    const [held, free] = [await finalized(strict, 'held back'), await finalized(lax, 'not held back')];
    const pending = { state: 'pending', missing: lacking('due') };
    expect(await toldWithPackage(held)).toEqual({ ...pending, required: true, satisfied: false });
    expect(await toldWithPackage(free)).toEqual({ ...pending, required: false, satisfied: true });
    expect([(await status(held)).code, (await status(held, '--wait', '0.5')).code, (await status(free)).code]).toEqual([12, 4, 0]);
    expect((await status(free, '--strict')).code).toBe(12);

    const waiting = status(held, '--wait', '90', '--json');
    await archive.start('signer');
    const told = await waiting;
    const signed = { state: 'signed', satisfied: true, missing: [] };
    expect([told.code, told.json()]).toEqual([0, { package_id: held, repository: strict, required: true, ...signed }]);
    expect(await toldWithList(held)).toEqual({ ...signed, required: true });
    expect(await toldWithList(held, `?digest=sha256:${'0'.repeat(64)}`)).toEqual({ ...signed, required: true });
    expect((await status(free, '--strict', '--wait', '90')).code).toBe(0);
    const list = await runCommandLine(archive, ['attest', 'list', held]);
    expect(list.output).toMatch(/^attestation: signed, required before anything is published$/m);
  }, 120_000);

  it('is told why signing fails, finds it in the history, and the package passes once the cause is mended', async () => {
    loseKeys();
    await restartedSigner();
    const id = await finalized(strict, 'nobody can sign this');
    await eventually('the failure to show', async () => (await toldWithPackage(id))?.state === 'failed');
    const failed = { state: 'failed', failure: 'no_signer', required: true, satisfied: false, missing: lacking('failed', 'no_signer') };
    expect(await toldWithPackage(id)).toEqual(failed);
    const told = await status(id);
    expect([told.code, told.output]).toEqual([12, expect.stringMatching(/missing: release, could not be signed \(no_signer\)/)]);
    const history = await runCommandLine(archive, ['events', '--subject', id, '--type', 'v1.attestation.failed', '--json']);
    const events = history.json() as readonly { readonly payload: { readonly statement: string; readonly code: string } }[];
    expect(events.map(({ payload }) => [payload.statement, payload.code])).toEqual(statements.map((statement) => [statement, 'no_signer']));

    addKey('after-the-theft');
    await restartedSigner();
    expect((await status(id, '--wait', '90')).code).toBe(0);
    expect(await toldWithPackage(id)).toEqual({ state: 'signed', required: true, satisfied: true, missing: [] });
  }, 180_000);

  it('takes no statement of a time when somebody else may have had the key', async () => {
    const id = await finalized(strict, 'signed while the thief had the key');
    expect((await status(id, '--wait', '90')).code).toBe(0);
    loseKeys();
    addKey('after-the-second-theft');
    await restartedSigner();
    expect(await toldWithPackage(id)).toEqual({ state: 'signed', required: true, satisfied: false, missing: lacking('key_compromised') });
    expect((await status(id, '--wait', '90')).code).toBe(12);
  }, 180_000);
});
