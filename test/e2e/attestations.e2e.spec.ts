import { createHash, verify, createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evidenceHttp, packagesHttp, type EvidenceAnswer, type PackageAnswer } from '@muniment/contracts';
import { inTotoPayloadType, preAuthEncoding, statementBytes, writeBundle, writeEnvelope, parseVerifierKey } from '@muniment/formats';
import { rebuildViews } from '@muniment/postgres';
import { eventually } from '@muniment/testing';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';
import { runCommandLine } from '../stack/command.js';

let archive: ArchiveUnderTest;
beforeAll(async () => {
  archive = await startArchive({ services: ['gateway', 'hasher', 'signer'] });
}, 120_000);
afterAll(() => archive.stop());

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${archive.url}${path}`, { ...init, headers: { authorization: `Bearer ${archive.token}`, ...init.headers } });
}

async function post(path: string, body: unknown): Promise<Response> {
  return call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

const packageOf = async (id: string): Promise<PackageAnswer> =>
  packagesHttp.packageAnswer.parse(await (await call(`/packages/${id}`)).json());

async function archived(content: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const body = { repository: 'acme/widgets', name: 'widgets', producer: 'e2e', retention_class: 'raw-evidence', ...more };
  const { id } = packagesHttp.packageAnswer.parse(await (await post('/packages', body)).json());
  await call(`/packages/${id}/files/dist/widgets.bin`, { method: 'PUT', body: content });
  await post(`/packages/${id}/finalize`, {});
  return id;
}

async function signed(id: string): Promise<void> {
  await eventually(`${id} to be attested`, async () => (await packageOf(id)).attestation?.state === 'signed');
}

async function listed(id: string, query = ''): Promise<readonly EvidenceAnswer[]> {
  return evidenceHttp.evidenceListAnswer.parse(await (await call(`/packages/${id}/attestations${query}`)).json()).attestations;
}

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('what the archive signs', () => {
  it('is listed, served byte for byte, and verifies with the key it serves', async () => {
    const id = await archived('release one', { version: '1.0' });
    await signed(id);
    const all = await listed(id);
    expect(all.map(({ kind, statement }) => `${kind} ${statement ?? ''}`).sort()).toEqual([
      ...['attestation archive-receipt', 'attestation archive-receipt', 'attestation release', 'attestation release', 'signature '],
    ]);
    const { keys } = evidenceHttp.keyListAnswer.parse(await (await call('/keys')).json());
    expect(keys.map(({ purpose }) => purpose).sort()).toEqual(['attestation', 'log', 'release']);
    for (const one of all) {
      const bytes = Buffer.from(await (await call(one.url)).arrayBuffer());
      expect([one.name, bytes.length, sha256(bytes)]).toEqual([one.name, one.size, one.sha256]);
      if (!one.name.endsWith('.intoto.jsonl')) continue;
      const envelope = JSON.parse(bytes.toString()) as {
        payload: string;
        payloadType: string;
        signatures: [{ sig: string; keyid: string }];
      };
      const key = keys.find(({ key_id }) => key_id === envelope.signatures[0].keyid);
      expect(key?.purpose).toBe('attestation');
      const pem = await (await call(`/keys/${encodeURIComponent(key?.key_id ?? '')}.pem`)).text();
      expect(pem).toBe(key?.pem);
      expect(await (await call(`/keys/${(key?.key_id ?? '').replaceAll('+', '-').replaceAll('/', '_')}.pem`)).text()).toBe(pem);
      const pae = preAuthEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
      expect(verify('sha256', pae, createPublicKey(pem), Buffer.from(envelope.signatures[0].sig, 'base64'))).toBe(true);
    }
    const log = keys.find(({ purpose }) => purpose === 'log');
    expect(parseVerifierKey(log?.verifier_key ?? '').name).toBe(log?.name);
  });

  it('is found by the digest of a file', async () => {
    const id = await archived('found by digest');
    await signed(id);
    expect((await listed(id, `?digest=sha256:${sha256('found by digest')}`)).length).toBe(3);
    expect(await listed(id, `?digest=sha256:${'0'.repeat(64)}`)).toEqual([]);
    expect((await call(`/packages/${id}/attestations?digest=nonsense`)).status).toBe(400);
  });

  it('includes the detached signature beside each file', async () => {
    const id = await archived('signed beside');
    await signed(id);
    const text = await (await call(`/packages/${id}/files/dist/widgets.bin.asc`)).text();
    expect(text).toMatch(/^-----BEGIN PGP SIGNATURE-----/);
    expect((await call(`/packages/${id}/files/dist/none.asc`)).status).toBe(404);
    expect(await (await call('/keys/release.asc')).text()).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----/);
    expect((await call('/.well-known/openpgpkey/policy')).status).toBe(200);
  });

  it('states what a validation found, in terms of its own', async () => {
    const id = await archived('validated');
    await signed(id);
    await post(`/packages/${id}/validations`, { result: 'passed', report: { installed: true } });
    const ofValidation = async (): Promise<readonly EvidenceAnswer[]> =>
      (await listed(id)).filter(({ statement }) => statement === 'verification-summary' || statement === 'test-result');
    await eventually('the validation to be attested', async () => (await ofValidation()).length === 4);
    const about = await ofValidation();
    const summary = about.find(({ name }) => /^verification-summary.*jsonl$/.test(name));
    const envelope = JSON.parse(await (await call(summary?.url ?? '')).text()) as { payload: string };
    expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString())).toMatchObject({
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: { verificationResult: 'PASSED', verifiedLevels: ['MUNIMENT_STORED_BYTES_VERIFIED', 'MUNIMENT_VALIDATED'] },
    });
  });
});

describe('what others signed', () => {
  const key = 'SHA256:somebody-else';
  const statementAbout = (name: string, digest: string): Uint8Array =>
    statementBytes([{ name, digest: { sha256: digest, blake3: '0'.repeat(64) } }], 'https://slsa.dev/provenance/v1', {
      buildDefinition: {},
    });
  const relay = (id: string, bytes: Uint8Array): Promise<Response> =>
    call(`/packages/${id}/attestations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: Buffer.from(bytes) });

  it('is kept byte for byte when it is about files of the package, once', async () => {
    const id = await archived('provenance');
    await signed(id);
    const payload = statementAbout('widgets.bin', sha256('provenance'));
    for (const write of [writeBundle, writeEnvelope]) {
      const bytes = write({ payload, payloadType: inTotoPayloadType, signature: Buffer.from('not checked here'), keyId: key });
      const first = await relay(id, bytes);
      expect(first.status).toBe(201);
      const answer = evidenceHttp.relayedAnswer.parse(await first.json());
      expect(answer).toMatchObject({
        predicate_type: 'https://slsa.dev/provenance/v1',
        subjects: [sha256('provenance')],
        check: { signature_verified: false },
      });
      expect((await relay(id, bytes)).status).toBe(200);
      const served = Buffer.from(await (await call(`/packages/${id}/attestations/${answer.name}`)).arrayBuffer());
      expect(served.equals(Buffer.from(bytes))).toBe(true);
    }
    expect((await listed(id)).filter(({ kind }) => kind === 'relayed')).toHaveLength(2);
  });

  it('is refused when it is about something else, or is nothing of the kind', async () => {
    const id = await archived('refusals');
    await signed(id);
    const envelope = (payload: Uint8Array): Uint8Array =>
      writeEnvelope({ payload, payloadType: inTotoPayloadType, signature: Buffer.from('x'), keyId: key });
    const code = async (bytes: Uint8Array): Promise<string> => ((await (await relay(id, bytes)).json()) as { code: string }).code;
    expect(await code(envelope(statementAbout('other', '0'.repeat(64))))).toBe('attestation_subject_unknown');
    expect(await code(Buffer.from('{}'))).toBe('attestation_malformed');
    expect(await code(envelope(Buffer.from('{"_type":"x","_type":"y"}')))).toBe('attestation_malformed');
    expect(await code(Buffer.alloc(2_000_000, 0x20))).toBe('body_too_large');
    expect((await listed(id)).filter(({ kind }) => kind === 'relayed')).toEqual([]);
  });
});

describe('muniment attest', () => {
  it('adds every line of what CI made, lists it, and fetches it byte for byte', async () => {
    const id = await archived('from the command line');
    await signed(id);
    const payload = statementBytes(
      [{ name: 'widgets.bin', digest: { sha256: sha256('from the command line'), blake3: '0'.repeat(64) } }],
      'https://slsa.dev/provenance/v1',
      {},
    );
    const lines = ['one', 'two'].map((signature) =>
      Buffer.from(writeEnvelope({ payload, payloadType: inTotoPayloadType, signature: Buffer.from(signature), keyId: 'x' })).toString(),
    );
    const file = join(archive.directory, 'provenance.intoto.jsonl');
    writeFileSync(file, lines.join(''));
    expect((await runCommandLine(archive, ['attest', 'add', id, file])).output.match(/^relayed\./gm)).toHaveLength(2);
    const list = await runCommandLine(archive, ['attest', 'list', id]);
    expect([list.code, list.output]).toEqual([0, expect.stringMatching(/^archive-receipt\.r\d+\.sigstore\.json {2}attestation/m)]);
    const folder = join(archive.directory, 'fetched');
    const fetched = await runCommandLine(archive, ['attest', 'fetch', id, '-o', folder, '--json']);
    const { files } = fetched.json() as { files: readonly string[] };
    const texts = files.filter((path) => path.includes('relayed.')).map((path) => readFileSync(path, 'utf8').trim());
    expect(texts.sort()).toEqual(lines.map((line) => line.trim()).sort());
    expect((await runCommandLine(archive, ['attest', 'add', id, join(archive.directory, 'none')])).code).toBe(2);
  });
});

describe('the views of attesting', () => {
  it('are what replay makes of the log', async () => {
    const { identical, views } = await rebuildViews(archive.ownerUrl, { verify: true });
    expect(views.filter((view) => !view.identical)).toEqual([]);
    expect(identical).toBe(true);
    expect(views.map(({ view }) => view)).toEqual(expect.arrayContaining(['evidence', 'signing_keys', 'attestation_due']));
  });
});
