import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { TestArchive } from '../application/archive.js';
import { TestKeyring } from '../application/test-keyring.js';
import { TimestampAuthority } from '@muniment/signing';
import { runProgram } from '../stack/go-program.js';

/** A timestamp authority: openssl ts behind HTTP. */
let folder: string;
let server: Server;
let url: string;
/** What it answers instead. */
let answer: Buffer | null = null;

const path = (name: string): string => join(folder, name);
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

const config = `
oid_section = oids
[oids]
policy = 1.2.3.4.1
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = policy
digests = sha256
accuracy = secs:1
[ext]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muniment-tsa-'));
  writeFileSync(path('openssl.cnf'), config);
  writeFileSync(path('serial'), '01');
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/O=Test/CN=Root',
    '-days',
    '30',
    '-addext',
    'keyUsage=critical,keyCertSign',
  );
  openssl(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'tsa.key',
    '-out',
    'tsa.csr',
    '-subj',
    '/O=Test/CN=Timestamps',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '30',
    '-extfile',
    'openssl.cnf',
    '-extensions',
    'ext',
  );
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      writeFileSync(path('query.tsq'), Buffer.concat(pieces));
      const reply = answer ?? openssl('ts', '-reply', '-config', 'openssl.cnf', '-section', 'authority', '-queryfile', 'query.tsq');
      response.writeHead(200, { 'content-type': 'application/timestamp-reply', connection: 'close' }).end(reply);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}, 60_000);

afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true, force: true });
});

describe('a timestamp authority', () => {
  it('stamps signatures as openssl wants it', async () => {
    const response = await new TimestampAuthority(url).stamp(Buffer.from('a signature'));
    writeFileSync(path('r.tsr'), response);
    writeFileSync(path('data'), 'a signature');
    writeFileSync(path('other'), 'another signature');
    const verify = (data: string) =>
      runProgram('openssl', [
        'ts',
        '-verify',
        '-data',
        path(data),
        '-in',
        path('r.tsr'),
        '-CAfile',
        path('ca.pem'),
        '-untrusted',
        path('tsa.pem'),
      ]);
    expect((await verify('data')).code).toBe(0);
    expect((await verify('other')).code).not.toBe(0);
  });

  it('is not believed about other bytes, and its silence is a failure that is tried again', async () => {
    answer = Buffer.from(await new TimestampAuthority(url).stamp(Buffer.from('other bytes')));
    await expect(new TimestampAuthority(url).stamp(Buffer.from('a signature'))).rejects.toThrow('of other bytes');
    answer = Buffer.from('nonsense');
    await expect(new TimestampAuthority(url).stamp(Buffer.from('a signature'))).rejects.toThrow('did not answer with a timestamp');
    answer = null;
    await expect(new TimestampAuthority('http://127.0.0.1:1/').stamp(Buffer.from('x'))).rejects.toThrow('did not answer');
  });

  it('makes bundles that sigstore-js verifies with a timestamp required', async () => {
    const keyring = new TestKeyring();
    const archive = new TestArchive(keyring);
    const id = await archive.open();
    await archive.put(id);
    await archive.requestFinalization(id);
    keyring.trouble = 'none valid';
    await archive.settle().catch(() => undefined);
    keyring.trouble = null;
    await archive.attest({ timestamps: new TimestampAuthority(url) }).execute(id, null);
    const record = (await archive.world.attestations.evidence(id)).find(({ name }) => name.endsWith('.sigstore.json'));
    if (record === undefined) throw new Error('no bundle');
    const opened = await archive.store.openBlob(record.sha256);
    const pieces: Buffer[] = [];
    for await (const piece of (opened?.stream ?? []) as AsyncIterable<Buffer>) pieces.push(piece);
    const bundle = bundleFromJSON(JSON.parse(Buffer.concat(pieces).toString()));
    const hint = keyring.keys[0]?.keyId ?? '';
    const raw = createPublicKey(keyring.keys[0]?.publicKey ?? '').export({ type: 'spki', format: 'der' });
    const verifierFor = (start: string, end: string): Verifier => {
      const validFor = { start, end };
      const certificates = ['tsa.pem', 'ca.pem'].map((name) => ({
        rawBytes: new X509Certificate(readFileSync(path(name))).raw.toString('base64'),
      }));
      const root = TrustedRoot.fromJSON({
        mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
        timestampAuthorities: [
          {
            subject: { organization: 'Test', commonName: 'Root' },
            certChain: { certificates },
            validFor: { start: '2020-01-01T00:00:00Z' },
          },
        ],
      });
      const keys = { [hint]: { rawBytes: raw, keyDetails: 5, validFor: { start: new Date(validFor.start), end: new Date(validFor.end) } } };
      return new Verifier(toTrustMaterial(root, keys), { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 });
    };
    expect(() => verifierFor('2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z').verify(toSignedEntity(bundle))).not.toThrow();
    // The key had ended before the signature was made.
    expect(() => verifierFor('2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z').verify(toSignedEntity(bundle))).toThrow();
  });
});
