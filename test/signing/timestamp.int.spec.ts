import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { TestArchive } from '../application/archive.js';
import { TestKeyring } from '../application/test-keyring.js';
import { TimestampAuthority } from '@muniment/signing';
import { runProgram } from '../stack/go-program.js';
import { OpensslTimestamps } from '../stack/timestamp-authority.js';

let authority: OpensslTimestamps;
beforeAll(async () => {
  authority = await OpensslTimestamps.start();
}, 60_000);
afterAll(() => authority.stop());

describe('a timestamp authority', () => {
  it('stamps signatures as openssl wants it', async () => {
    const response = await new TimestampAuthority(authority.url).stamp(Buffer.from('a signature'));
    writeFileSync(authority.path('r.tsr'), response);
    writeFileSync(authority.path('data'), 'a signature');
    writeFileSync(authority.path('other'), 'another signature');
    const verify = (data: string) =>
      runProgram('openssl', [
        'ts',
        '-verify',
        '-data',
        authority.path(data),
        '-in',
        authority.path('r.tsr'),
        '-CAfile',
        authority.path('ca.pem'),
        '-untrusted',
        authority.path('tsa.pem'),
      ]);
    expect((await verify('data')).code).toBe(0);
    expect((await verify('other')).code).not.toBe(0);
  });

  it('is not believed about other bytes, and its silence is a failure that is tried again', async () => {
    authority.answer = Buffer.from(await new TimestampAuthority(authority.url).stamp(Buffer.from('other bytes')));
    await expect(new TimestampAuthority(authority.url).stamp(Buffer.from('a signature'))).rejects.toThrow('of other bytes');
    authority.answer = Buffer.from('nonsense');
    await expect(new TimestampAuthority(authority.url).stamp(Buffer.from('a signature'))).rejects.toThrow(
      'did not answer with a timestamp',
    );
    authority.answer = null;
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
    await archive.attest({ timestamps: new TimestampAuthority(authority.url) }).execute(id, null);
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
        rawBytes: new X509Certificate(readFileSync(authority.path(name))).raw.toString('base64'),
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
