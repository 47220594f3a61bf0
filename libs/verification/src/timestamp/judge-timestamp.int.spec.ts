import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeCbor, inTotoPayloadType, writeBundle } from '@muniment/formats';
import { knownKey } from '../keys/key-answer.js';
import { Trust, type Pins } from '../keys/trust.js';
import { packDocuments } from '../pack/pack-documents.js';
import { checkPackage } from '../package/check-package.js';
import { CheckList } from '../report/check.js';
import { OpensslAuthority } from '../spec-support/openssl-authority.js';
import { now, receiptOf, signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import { judgeTimestamp } from './judge-timestamp.js';

const signature = Buffer.from('the bytes of a signature');
let authority: OpensslAuthority;
let foreign: OpensslAuthority;

beforeAll(() => {
  [authority, foreign] = [new OpensslAuthority('Known'), new OpensslAuthority('Foreign')];
  authority.certify('clock');
  foreign.certify('clock');
}, 60_000);
afterAll(() => {
  authority.remove();
  foreign.remove();
});

const roots = (...pems: readonly string[]): readonly X509Certificate[] => pems.map((pem) => new X509Certificate(pem));
const judge = (response: Uint8Array, ...given: readonly string[]) =>
  judgeTimestamp(response, signature, roots(...(given.length === 0 ? [authority.pem('root')] : given)));
const flippedAt = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe('a timestamp', () => {
  it('is believed under the root that was given, as by openssl', () => {
    const response = authority.stamp(signature, 'clock');
    expect(authority.accepts(response, signature)).toBe(true);
    const { at, authority: name, root } = judge(response);
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
    expect([name, root]).toEqual(['O=Test, CN=clock', 'O=Known, CN=Root']);
  });

  it('is believed of an RSA authority and through an authority between', () => {
    authority.certify('middle', { extensions: 'between' });
    authority.certify('deep', { issuer: 'middle', kind: 'rsa' });
    const response = authority.stamp(signature, 'deep', { chain: 'middle' });
    expect(authority.accepts(response, signature)).toBe(true);
    expect(judge(response).authority).toBe('O=Test, CN=deep');
    // Without the one between there is no way up, unless it was given too.
    const bare = authority.stamp(signature, 'deep');
    expect(() => judge(bare)).toThrow('under none of the roots');
    expect(judge(bare, authority.pem('root'), authority.pem('middle')).authority).toBe('O=Test, CN=deep');
  });

  it('is refused of other bytes and of a foreign authority, as by openssl', () => {
    const other = authority.stamp(Buffer.from('another signature'), 'clock');
    expect(authority.accepts(other, signature)).toBe(false);
    expect(() => judge(other)).toThrow('it is of other bytes than this signature');
    const strange = foreign.stamp(signature, 'clock');
    expect(authority.accepts(strange, signature)).toBe(false);
    expect(() => judge(strange)).toThrow('under none of the roots you gave');
    expect(() => judge(authority.stamp(signature, 'clock', { withCertificates: false }))).toThrow('neither in it nor among those you gave');
  });

  it('is refused whatever bit of what is signed or of the signature is flipped', () => {
    const response = authority.stamp(signature, 'clock');
    const imprint = response.indexOf(Buffer.from('0420', 'hex')) + 5;
    expect(authority.accepts(flippedAt(response, imprint), signature)).toBe(false);
    expect(() => judge(flippedAt(response, imprint))).toThrow('it is of other bytes');
    const last = flippedAt(response, response.length - 1);
    expect(authority.accepts(last, signature)).toBe(false);
    expect(() => judge(last)).toThrow('it was changed');
    const time = response.indexOf(Buffer.from(new Date().toISOString().slice(0, 4))) + 3;
    expect(authority.accepts(flippedAt(response, time), signature)).toBe(false);
    expect(() => judge(flippedAt(response, time))).toThrow();
  });

  it('is refused of a certificate that had expired, or is not for timestamps alone', () => {
    const bare = authority.stamp(signature, 'clock', { withCertificates: false });
    authority.certify('again', { sameAs: 'clock' });
    expect(judge(bare, authority.pem('root'), authority.pem('again')).authority).toBe('O=Test, CN=clock');
    authority.certify('expired', { sameAs: 'clock', to: '20210101000000Z' });
    expect(authority.accepts(bare, signature, 'expired')).toBe(false);
    expect(() => judge(bare, authority.pem('root'), authority.pem('expired'))).toThrow('was valid from 2020-01-01');
    for (const extensions of ['unmarked', 'server', 'between'] as const) {
      authority.certify(extensions, { sameAs: 'clock', extensions });
      expect(authority.accepts(bare, signature, extensions)).toBe(false);
      expect(() => judge(bare, authority.pem('root'), authority.pem(extensions))).toThrow('not one for timestamps alone');
    }
  });

  it('is refused when an authority that may not certify stands in its chain', () => {
    authority.certify('pretender', { extensions: 'server' });
    authority.certify('puppet', { issuer: 'pretender' });
    const response = authority.stamp(signature, 'puppet', { chain: 'pretender' });
    expect(authority.accepts(response, signature)).toBe(false);
    expect(() => judge(response)).toThrow('under none of the roots');
  });

  it('that is none, cut short or nested without end, is refused and nothing worse', () => {
    const response = authority.stamp(signature, 'clock');
    const nested = Buffer.concat(Array.from({ length: 8_000 }, () => Buffer.from('30820004', 'hex')));
    for (const bytes of [Buffer.alloc(0), Buffer.from('nonsense'), response.subarray(0, 60), nested, Buffer.alloc(70_000)])
      expect(() => judge(bytes)).toThrow(expect.objectContaining({ name: 'TimestampError' }));
  });
});

describe('a package with timestamps', () => {
  let world: SignedWorld;
  beforeAll(async () => {
    world = await signedWorld();
  });

  function checked(pins: Partial<Pins>, stamp: (signature: Uint8Array) => readonly Uint8Array[], compromisedAt: string | null = null) {
    const nothing: Pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] };
    const keys = world.keys.map((key) => ({ ...key, compromised_at: key.purpose === 'attestation' ? compromisedAt : null }));
    const attestations = world.evidence.attestations.map((file) => {
      const { payload, signatures } = envelopeOf(file.bytes);
      const sig = Buffer.from(signatures[0]?.sig ?? '', 'base64');
      if (!file.name.endsWith('.sigstore.json')) return file;
      const signed = { payload: Buffer.from(payload, 'base64'), payloadType: inTotoPayloadType, signature: sig, keyId: world.keyId };
      return { ...file, bytes: writeBundle(signed, stamp(sig)) };
    });
    const list = new CheckList();
    const trust = new Trust({ ...nothing, ...pins }, keys.map(knownKey), () => 'the archive’s word');
    // Without the log's word about the times of signing: nothing but the timestamp can prove them.
    checkPackage({ ...world.evidence, attestations, signings: [] }, trust, now, list);
    return { failed: list.failed.map(({ check }) => check), stamps: list.checks.filter(({ check }) => check === 'attestation.timestamp') };
  }

  interface Envelope {
    readonly payload: string;
    readonly signatures: readonly { readonly sig: string }[];
  }
  const envelopeOf = (bytes: Uint8Array): Envelope => {
    const read = JSON.parse(Buffer.from(bytes).toString()) as Envelope & { readonly dsseEnvelope?: Envelope };
    return read.dsseEnvelope ?? read;
  };
  const known = (): Partial<Pins> => ({ timestampRoots: [authority.pem('root')] });
  const stamped = (bytes: Uint8Array): readonly Uint8Array[] => [authority.stamp(bytes, 'clock')];
  const later = '2098-01-01T00:00:00.000Z';

  it('says that they are not judged without a root, and never passes them', () => {
    const { failed, stamps } = checked({}, stamped);
    expect(failed).toEqual([]);
    expect(stamps).toEqual([expect.objectContaining({ result: 'skipped', ok: false, remedy: expect.stringContaining('--tsa-root') })]);
  });

  it('judges them under a given root, as a check of its own', () => {
    const { failed, stamps } = checked(known(), stamped);
    expect(failed).toEqual([]);
    expect(stamps).toEqual([
      expect.objectContaining({ result: 'ok', rests_on: 'the root of a timestamp authority that you gave, O=Known, CN=Root' }),
    ]);
  });

  it('believes a compromised key only for what a believed timestamp shows to be older', () => {
    expect(checked(known(), stamped, later).failed).toEqual([]);
    expect(checked({}, stamped, later).failed).toEqual(['attestation.key', 'attestation.key', 'attestation.receipt']);
    expect(checked(known(), () => [], later).failed).toContain('attestation.key');
    expect(checked(known(), stamped, '2026-11-01T00:00:00.000Z').failed).toContain('attestation.key');
  });

  it('has a README in its pack whose commands openssl runs', async () => {
    const name = 'receipt.sigstore.json';
    const readmeOf = async (bytes: Uint8Array): Promise<string> => {
      const attestations = [{ name, bytes, group: 'receipt', signing: 'receipt', madeAt: null }];
      const { keys, manifest, manifestDigest } = world;
      const documents = await packDocuments({
        ...{ evidence: { ...world.evidence, attestations }, answers: [], keys, history: null, consistency: null, content: 'digests' },
        ...{ manifestCbor: encodeCbor(manifest), manifestJson: Buffer.from(manifestDigest) },
      });
      return Buffer.from(documents.get('README.md') ?? '').toString();
    };
    const payload = receiptOf(world.manifest, world.manifestDigest);
    const statement = { payload, payloadType: inTotoPayloadType, signature, keyId: world.keyId };
    const stampedBundle = writeBundle(statement, stamped(signature));
    const section = /## Timestamps[^\n]*\n\n```sh\n([\s\S]*?)```/;
    expect(section.test(await readmeOf(writeBundle(statement)))).toBe(false);
    const commands = section.exec(await readmeOf(stampedBundle))?.[1] ?? 'false';
    expect(authority.run(commands, { [`evidence/attestations/${name}`]: stampedBundle, 'tsa-root.pem': authority.pem('root') })).toBe(0);
    expect(authority.run(commands, { 'tsa-root.pem': foreign.pem('root') })).not.toBe(0);
  });

  it('fails with a timestamp of another signature or of a foreign authority', () => {
    for (const stamp of [() => stamped(signature), (bytes: Uint8Array) => [foreign.stamp(bytes, 'clock')]]) {
      expect(checked(known(), stamp).failed).toEqual(['attestation.timestamp']);
      expect(checked(known(), stamp, later).failed).toContain('attestation.key');
    }
  });
});
