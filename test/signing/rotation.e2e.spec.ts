import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evidenceHttp, packagesHttp, type EvidenceAnswer, type KeyAnswer } from '@muniment/contracts';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { runProgram } from '../stack/go-program.js';
import { inTotoPayloadType, preAuthEncoding } from '@muniment/formats';

let archive: ArchiveUnderTest;
beforeAll(async () => {
  archive = await startArchive({ services: ['gateway', 'hasher', 'signer'] });
}, 120_000);
afterAll(() => archive.stop());

const headers = (): Readonly<Record<string, string>> => ({ authorization: `Bearer ${archive.token}`, 'content-type': 'application/json' });
const get = async (path: string): Promise<unknown> => (await fetch(`${archive.url}${path}`, { headers: headers() })).json();
const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${archive.url}${path}`, { method: 'POST', headers: headers(), body: JSON.stringify(body) });
const state = async (id: string): Promise<string | undefined> =>
  packagesHttp.packageAnswer.parse(await get(`/packages/${id}`)).attestation?.state;

async function archived(content: string): Promise<string> {
  const body = { repository: 'acme/widgets', name: 'widgets', producer: 'e2e', retention_class: 'raw-evidence' };
  const { id } = packagesHttp.packageAnswer.parse(await (await post('/packages', body)).json());
  await fetch(`${archive.url}/packages/${id}/files/widgets.bin`, { method: 'PUT', headers: headers(), body: content });
  await post(`/packages/${id}/finalize`, {});
  return id;
}

async function signed(content: string): Promise<EvidenceAnswer> {
  const id = await archived(content);
  await eventually(`${id} to be attested`, async () => (await state(id)) === 'signed');
  return receiptOf(id);
}

async function receiptOf(id: string): Promise<EvidenceAnswer> {
  const { attestations } = evidenceHttp.evidenceListAnswer.parse(await get(`/packages/${id}/attestations`));
  const receipt = attestations.find(({ name }) => /^archive-receipt.*jsonl$/.test(name));
  if (receipt === undefined) throw new Error('no receipt');
  return receipt;
}

const keys = async (): Promise<readonly KeyAnswer[]> => evidenceHttp.keyListAnswer.parse(await get('/keys')).keys;
const keyring = (): string => join(archive.directory, 'keys', 'keyring.toml');

async function restartedSigner(): Promise<void> {
  for (const one of [...archive.running]) if (one.service === 'signer') await one.stop();
  await archive.start('signer');
}

/** openssl on the receipt, with the key that the archive serves for it. */
async function verifies({ url, key_id }: EvidenceAnswer): Promise<boolean> {
  const envelope = (await get(url)) as { payload: string; signatures: [{ sig: string }] };
  const key = (await keys()).find((one) => one.key_id === key_id);
  const file = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(archive.directory, name), bytes);
    return join(archive.directory, name);
  };
  const pae = file('pae', preAuthEncoding(inTotoPayloadType, Buffer.from(envelope.payload, 'base64')));
  const signature = file('sig', Buffer.from(envelope.signatures[0].sig, 'base64'));
  return (
    (await runProgram('openssl', ['dgst', '-sha256', '-verify', file('key.pem', key?.pem ?? ''), '-signature', signature, pae])).code === 0
  );
}

function addKey(name: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(archive.directory, 'keys', `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const from = new Date().toISOString();
  writeFileSync(
    keyring(),
    `${readFileSync(keyring(), 'utf8')}\n[[key]]\nname = "${name}"\npurpose = "attestation"\nfile = "${name}.pem"\nnot_before = ${from}\n`,
  );
}

describe('keys of an archive', () => {
  it('are rotated: the new one signs, and what the old one signed keeps verifying', async () => {
    const before = await signed('before the rotation');
    addKey('archive-next');
    await restartedSigner();
    const after = await signed('after the rotation');
    expect(after.key_id).not.toBe(before.key_id);
    expect(
      (await keys())
        .filter(({ purpose }) => purpose === 'attestation')
        .map(({ key_id }) => key_id)
        .sort(),
    ).toEqual([before.key_id, after.key_id].sort());
    expect([await verifies(before), await verifies(after)]).toEqual([true, true]);
  });

  it('are withdrawn: a compromised key signs nothing more, everybody is told, and without another key the failure shows and heals', async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const text = readFileSync(keyring(), 'utf8');
    writeFileSync(keyring(), text.replaceAll('purpose = "attestation"\n', `purpose = "attestation"\ncompromised_at = ${since}\n`));
    await restartedSigner();
    const told = (await keys()).filter(({ purpose }) => purpose === 'attestation').map(({ compromised_at }) => compromised_at);
    expect(told).toEqual([since, since]);
    const id = await archived('nobody can sign this');
    await eventually('the failure to show', async () => (await state(id)) === 'failed');
    expect(packagesHttp.packageAnswer.parse(await get(`/packages/${id}`)).attestation).toMatchObject({ failure: 'no_signer' });
    const waiting = [...archive.running].find(({ service }) => service === 'signer');
    expect(await (await fetch(`${waiting?.adminUrl ?? ''}/metrics`)).text()).toMatch(
      /muniment_attestations_due\{[^}]*state="failed"[^}]*\} 1/,
    );
    addKey('archive-after-the-theft');
    await restartedSigner();
    await eventually('the new key to sign', async () => (await state(id)) === 'signed');
    const fresh = (await keys()).find(({ name }) => name === 'archive-after-the-theft');
    expect((await receiptOf(id)).key_id).toBe(fresh?.key_id);
  }, 60_000);
});
