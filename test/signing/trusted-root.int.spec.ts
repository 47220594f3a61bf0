import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleMediaType, inTotoPayloadType, preAuthEncoding, statementBytes } from '@muniment/formats';
import { SigstoreTrust } from '@muniment/signing';

/**
 * A certificate authority and a timestamp authority of our own, made with openssl, stand in for Fulcio and Sigstore's: the shape is theirs, the authorities
 * are not. Real bundles of the public instance are not at hand here.
 */
let folder: string;
const path = (name: string): string => join(folder, name);
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const identity = 'https://github.com/acme/widgets/.github/workflows/ci.yml@refs/heads/main';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const config = `
oid_section = oids
[oids]
policy = 1.2.3.4.1
[authority]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = policy
digests = sha256
[tsa]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[leaf]
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
subjectAltName = critical,URI:${identity}
1.3.6.1.4.1.57264.1.1 = DER:${Buffer.from('https://token.actions.githubusercontent.com')
  .toString('hex')
  .replace(/..(?!$)/g, '$&:')}
1.3.6.1.4.1.57264.1.15 = ASN1:UTF8String:4711
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'muniment-root-'));
  writeFileSync(path('openssl.cnf'), config);
  writeFileSync(path('serial'), '01');
  for (const ca of ['ca', 'stranger'])
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.pem`,
      '-subj',
      `/O=Test/CN=${ca}`,
      '-days',
      '30',
      '-addext',
      'keyUsage=critical,keyCertSign',
    );
  const issue = (name: string, ca: string, extensions: string): void => {
    openssl('req', '-new', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/O=Test/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      `${ca}.pem`,
      '-CAkey',
      `${ca}.key`,
      '-CAcreateserial',
      '-out',
      `${name}.pem`,
      '-days',
      '10',
      '-extfile',
      'openssl.cnf',
      '-extensions',
      extensions,
    );
  };
  issue('tsa', 'ca', 'tsa');
  issue('leaf', 'ca', 'leaf');
  issue('foreign', 'stranger', 'leaf');
  const certificates = (...names: string[]) => ({ certificates: names.map((name) => ({ rawBytes: raw(name) })) });
  const validFor = { start: '2020-01-01T00:00:00Z' };
  const subject = { organization: 'Test', commonName: 'ca' };
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [{ subject, uri: 'https://ca.example.org', certChain: certificates('ca'), validFor }],
    timestampAuthorities: [{ subject, certChain: certificates('tsa', 'ca'), validFor }],
  };
  writeFileSync(path('root.json'), JSON.stringify(root));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const raw = (name: string): string => new X509Certificate(readFileSync(path(`${name}.pem`))).raw.toString('base64');

function bundle(signer: string, change: (payload: Buffer) => Buffer = (payload) => payload): Uint8Array {
  const payload = Buffer.from(
    statementBytes([{ name: 'f', digest: { sha256: 'ab'.repeat(32), blake3: 'cd'.repeat(32) } }], 'https://slsa.dev/provenance/v1', {}),
  );
  const signature = sign('sha256', preAuthEncoding(inTotoPayloadType, payload), createPrivateKey(readFileSync(path(`${signer}.key`))));
  writeFileSync(path('sig'), signature);
  openssl('ts', '-query', '-data', 'sig', '-sha256', '-cert', '-out', 'q.tsq');
  const timestamp = openssl('ts', '-reply', '-config', 'openssl.cnf', '-section', 'authority', '-queryfile', 'q.tsq');
  const document = {
    mediaType: bundleMediaType,
    verificationMaterial: {
      certificate: { rawBytes: raw(signer) },
      tlogEntries: [],
      timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: timestamp.toString('base64') }] },
    },
    dsseEnvelope: {
      payload: change(payload).toString('base64'),
      payloadType: inTotoPayloadType,
      signatures: [{ sig: signature.toString('base64'), keyid: '' }],
    },
  };
  return Buffer.from(JSON.stringify(document));
}

describe('a trusted root', () => {
  it('tells who signed, offline', async () => {
    expect((await SigstoreTrust.open(path('root.json'))).verify(bundle('leaf'))).toEqual({
      identity,
      issuer: 'https://token.actions.githubusercontent.com',
      sourceRepositoryId: '4711',
      sourceOwnerId: null,
    });
  });

  it('believes no other authority, no other bytes, no bare key, and nothing that is no bundle', async () => {
    const trust = await SigstoreTrust.open(path('root.json'));
    const refuses = (bytes: Uint8Array): void =>
      expect(() => trust.verify(bytes)).toThrow(expect.objectContaining({ code: 'attestation_untrusted' }));
    refuses(bundle('foreign'));
    refuses(bundle('leaf', (payload) => Buffer.from(payload.toString().replace('"f"', '"g"'))));
    const keyed = JSON.parse(Buffer.from(bundle('leaf')).toString()) as { verificationMaterial: Record<string, unknown> };
    keyed.verificationMaterial = { publicKey: { hint: 'SHA256:x' }, tlogEntries: [] };
    refuses(Buffer.from(JSON.stringify(keyed)));
    refuses(Buffer.from('{"payload":"","payloadType":"","signatures":[]}'));
  });

  it('must be one', async () => {
    writeFileSync(path('empty.json'), '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
    await expect(SigstoreTrust.open(path('empty.json'))).rejects.toThrow('no Sigstore trusted root');
    await expect(SigstoreTrust.open(path('none.json'))).rejects.toThrow('cannot be read');
  });
});
