import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { instantOf } from '@muniment/domain';
import { openKeyring } from '../keyring/open-keyring.js';

/** What a sound server never does. The driver is tried with a real one in `test/signing/remote-signer.int.spec.ts`. */
const bytes = Buffer.from('the bytes that DSSE covers');
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const now = instantOf(new Date());

let server: Server;
let asked = 0;
let answer: unknown;
let folder: string;
beforeEach(async () => {
  asked = 0;
  answer = { data: { signature: signedBy(privateKey) } };
  server = createServer((_, response) => {
    asked += 1;
    response.setHeader('connection', 'close');
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  folder = mkdtempSync(join(tmpdir(), 'muniment-remote-'));
  writeFileSync(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'token'), 'let-me-in', { mode: 0o600 });
});
afterEach(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

const signedBy = (key: typeof privateKey): string => `vault:v1:${sign('sha256', bytes, key).toString('base64')}`;

async function signature(host = '127.0.0.1'): Promise<Uint8Array> {
  const url = `http://${host}:${String((server.address() as AddressInfo).port)}/v1/transit/sign/archive`;
  const entry = `name = "archive"\npurpose = "attestation"\ndriver = "remote"\nurl = "${url}"\n`;
  writeFileSync(join(folder, 'keyring.toml'), `[[key]]\n${entry}public_key_file = "public.pem"\ntoken_file = "token"\n`);
  return (await (await openKeyring(folder)).attestation(now).sign(bytes)).signature;
}

describe('a remote key', () => {
  it('is not believed when its server signs with another key', async () => {
    expect(verify('sha256', bytes, publicKey, await signature())).toBe(true);
    answer = { data: { signature: signedBy(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) } };
    await expect(signature()).rejects.toThrow('remote key archive: the server signed with another key (version 1) than that of public.pem');
  });

  it.each([
    ['nothing', {}],
    ['another prefix', { data: { signature: 'hsm:v1:AAAA' } }],
    ['no base64', { data: { signature: 'vault:v1:!' } }],
    ['several signatures', { data: { batch_results: [{ signature: 'vault:v1:AAAA' }] } }],
    ['something huge', { data: { signature: `vault:v1:${'A'.repeat(4_096)}` } }],
  ])('takes %s for no signature', async (_, given) => {
    answer = given;
    await expect(signature()).rejects.toThrow(/^remote key archive: 127\.0\.0\.1:\d+ answered without a signature$/);
  });

  it.each(['', 'two\nlines', 'smart “quotes”'])('sends no token that a header cannot hold, and does not show it: %j', async (token) => {
    writeFileSync(join(folder, 'token'), token);
    await expect(signature()).rejects.toThrow(/^remote key archive: token_file holds no token: one line of printable characters$/);
    expect(asked).toBe(0);
  });

  it('has no password in its URL, as errors would show that', async () => {
    await expect(signature('user:hunter2@127.0.0.1')).rejects.toThrow(/^key\.0\.url: a password does not belong into a URL$/);
  });
});
