import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { instantOf } from '@muniment/domain';
import { openKeyring, type OpenedKeyring } from '../keyring/open-keyring.js';

interface Asked {
  readonly input: string;
  readonly prehashed?: boolean;
}

/** A server that signs as Vault's transit engine does. */
class SigningServer {
  readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly edPair = generateKeyPairSync('ed25519');
  readonly asked: Asked[] = [];
  status = 200;
  /** Signs with this instead. */
  wrongKey: KeyObject | null = null;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async listen(): Promise<string> {
    await new Promise<void>((ready) => this.server.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/v1/transit/sign`;
  }

  close(): Promise<void> {
    return new Promise((closed) => this.server.close(() => closed()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = JSON.parse(Buffer.concat(pieces).toString()) as Asked;
    this.asked.push(body);
    response.setHeader('connection', 'close');
    if (request.headers['x-vault-token'] !== 'let me in') response.writeHead(403).end('{"errors":["permission denied"]}');
    else if (this.status !== 200) response.writeHead(this.status).end('{}');
    else response.end(JSON.stringify({ data: { signature: `vault:v1:${this.signed(request.url ?? '', body).toString('base64')}` } }));
  }

  private signed(url: string, { input, prehashed }: Asked): Buffer {
    const bytes = Buffer.from(input, 'base64');
    if (url.endsWith('/log')) return sign(null, bytes, this.edPair.privateKey);
    const key = this.wrongKey ?? this.pair.privateKey;
    return prehashed === true ? signedDigest(bytes, key) : sign('sha256', bytes, key);
  }
}

/** ECDSA over a digest that was made elsewhere: Node signs messages only, so OpenSSL does it. */
function signedDigest(digest: Buffer, key: KeyObject): Buffer {
  const file = join(folder, 'server.pem');
  writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }));
  return execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', file], { input: digest });
}

let server: SigningServer;
let folder: string;
let url: string;
beforeEach(async () => {
  server = new SigningServer();
  url = await server.listen();
  folder = mkdtempSync(join(tmpdir(), 'muniment-remote-'));
  writeFileSync(join(folder, 'public.pem'), server.pair.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'log.pem'), server.edPair.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(folder, 'token'), 'let me in\n', { mode: 0o600 });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const now = instantOf(new Date());

function keyring(send: 'digest' | 'message'): Promise<OpenedKeyring> {
  const remote = (name: string, purpose: string, file: string): string =>
    `[[key]]\nname = "${name}"\npurpose = "${purpose}"\ndriver = "remote"\nurl = "${url}/${name}"\npublic_key_file = "${file}"\ntoken_file = "token"\nsend = "${send}"\n`;
  writeFileSync(join(folder, 'keyring.toml'), remote('archive', 'attestation', 'public.pem') + remote('log', 'log', 'log.pem'));
  return openKeyring(folder);
}

describe('a remote key', () => {
  it.each(['digest', 'message'] as const)('signs what it is sent as %s, and never leaves its server', async (send) => {
    const signer = (await keyring(send)).attestation(now);
    const bytes = Buffer.from('the bytes that DSSE covers');
    expect(verify('sha256', bytes, server.pair.publicKey, (await signer.sign(bytes)).signature)).toBe(true);
    expect(server.asked.map(({ prehashed, input }) => [prehashed, Buffer.from(input, 'base64').length])).toEqual([
      send === 'digest' ? [true, 32] : [false, bytes.length],
    ]);
  });

  it('signs notes with Ed25519, which has no digest to send', async () => {
    const [signer] = (await keyring('digest')).log(now);
    const bytes = Buffer.from('a checkpoint\n');
    expect(verify(null, bytes, server.edPair.publicKey, (await signer?.sign(bytes)) ?? Buffer.alloc(0))).toBe(true);
  });

  it('is not believed when its server signs with another key, refuses, or is away', async () => {
    const signer = (await keyring('message')).attestation(now);
    server.wrongKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    await expect(signer.sign(Buffer.from('x'))).rejects.toThrow('signed with another key');
    server.status = 503;
    await expect(signer.sign(Buffer.from('x'))).rejects.toThrow('answered 503');
    writeFileSync(join(folder, 'token'), 'expired');
    await expect(signer.sign(Buffer.from('x'))).rejects.toThrow('answered 403');
  });
});
