import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyAnswer } from '@muniment/contracts';
import type { CertifiedSigner } from '@muniment/domain';
import { inTotoPayloadType, preAuthEncoding, SigstoreError, sshFingerprint, writeBundle, writeCertifiedBundle } from '@muniment/formats';
import { knownKey } from '../keys/key-answer.js';
import { Trust, type Pins } from '../keys/trust.js';
import { CheckList } from '../report/check.js';
import { now, origin, packageId, receiptOf, signedWorld, type SignedWorld } from '../spec-support/signed-world.js';
import { checkPackage } from './check-package.js';
import type { PackageEvidence } from './evidence.js';

let world: SignedWorld;
beforeAll(async () => {
  world = await signedWorld();
});

const nothing: Pins = { attestation: [], identity: null, log: [], fingerprints: [], certificates: [] };

/** Checks of the world, changed as a test wants it: name -> result of the worst of that name. */
function checked(
  change: Partial<PackageEvidence>,
  pins: Pins = nothing,
  keys: readonly KeyAnswer[] = world.keys,
): { readonly failed: readonly string[]; readonly ok: readonly string[]; readonly skipped: readonly string[]; readonly list: CheckList } {
  const list = new CheckList();
  const trust = new Trust(pins, keys.map(knownKey), () => 'the archive’s word');
  checkPackage({ ...world.evidence, ...change }, trust, now, list);
  const of = (result: string): readonly string[] => [
    ...new Set(list.checks.filter((check) => check.result === result).map(({ check }) => check)),
  ];
  return { failed: of('failed'), ok: of('ok'), skipped: of('skipped'), list };
}

const attestations = (bytes: Uint8Array): Partial<PackageEvidence> => ({
  attestations: [{ name: 'archive-receipt.r3.sigstore.json', bytes, group: 'archive-receipt.r3', signing: 'first', madeAt: null }],
});
const bundle = (): Uint8Array => world.evidence.attestations[0]?.bytes ?? new Uint8Array();
type Json = Record<string, unknown> & {
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid: string }[] };
};
const changed = (change: (bundle: Json) => void): Partial<PackageEvidence> => {
  const value = JSON.parse(Buffer.from(bundle()).toString()) as Json;
  change(value);
  return attestations(Buffer.from(JSON.stringify(value)));
};
const keyChanged = (purpose: string, change: Partial<KeyAnswer>): readonly KeyAnswer[] =>
  world.keys.map((key) => (key.purpose === purpose ? { ...key, ...change } : key));
const flipped = (base64: string): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe('what the archive signed', () => {
  it('holds, and says what it rests on', () => {
    const { failed, skipped, ok, list } = checked({});
    expect([failed, skipped]).toEqual([[], []]);
    expect(ok).toEqual([
      ...['log.checkpoint', 'log.inclusion', 'log.payload', 'log.entry'],
      ...[
        'attestation.form',
        'attestation.signature',
        'attestation.key',
        'attestation.statement',
        'attestation.forms',
        'attestation.subjects',
      ],
      ...['receipt.package', 'receipt.manifest', 'attestation.receipt', 'log.manifest', 'receipt.log'],
    ]);
    expect(new Set(list.checks.map(({ rests_on: ground }) => ground?.split(';')[0]))).toEqual(
      new Set(['the archive’s word', 'the file itself', 'the receipts above']),
    );
  });

  it('rests on pinned keys where they are pinned', () => {
    const { failed, list } = checked({}, { ...nothing, attestation: [world.pem], log: [world.verifierKey] });
    expect(failed).toEqual([]);
    expect(list.checks.find(({ check }) => check === 'attestation.signature')?.rests_on).toBe(
      `the attestation key you pinned, ${world.keyId}`,
    );
    expect(list.checks.find(({ check }) => check === 'log.inclusion')?.rests_on).toBe(
      `the log key you pinned, ${world.verifierKey.split('+')[0] ?? ''}`,
    );
  });

  it.each<[string, (envelope: Json) => void, string]>([
    ['a flipped payload', ({ dsseEnvelope }) => void (dsseEnvelope.payload = flipped(dsseEnvelope.payload)), 'attestation.signature'],
    [
      'a flipped signature',
      ({ dsseEnvelope: { signatures } }) => signatures.forEach((one) => (one.sig = flipped(one.sig))),
      'attestation.signature',
    ],
    [
      'another payload type',
      ({ dsseEnvelope }) => void (dsseEnvelope.payloadType = 'application/vnd.in-toto.x+json'),
      'attestation.signature',
    ],
    [
      'a key id of nobody',
      ({ dsseEnvelope: { signatures } }) => signatures.forEach((one) => (one.keyid = 'SHA256:nobody')),
      'attestation.form',
    ],
    ['two signatures', ({ dsseEnvelope: { signatures } }) => void signatures.push({ sig: 'AAAA', keyid: '' }), 'attestation.form'],
    ['a field strict readers do not know', (value) => void (value['extra'] = 1), 'attestation.form'],
    ['a later bundle version', (value) => void (value['mediaType'] = 'application/vnd.dev.sigstore.bundle.v0.4+json'), 'attestation.form'],
  ])('is refused with %s', (_what, change, check) => {
    expect(checked(changed(change)).failed).toEqual([check, 'attestation.receipt']);
  });

  it('is refused when it is about other subjects, or leaves one out', () => {
    const { manifest, manifestDigest, attest } = world;
    const [file] = manifest.files;
    if (file === undefined) throw new Error('no file');
    const swapped = { ...manifest, files: [{ ...file, digest: `sha256:${'0'.repeat(64)}` }] };
    const other = { ...manifest, files: [{ ...file, path: 'other.bin' as typeof file.path }] };
    for (const about of [swapped, other]) {
      const { bundle: signed } = attest(receiptOf(about, manifestDigest));
      expect(checked(attestations(signed)).failed).toEqual(['attestation.subjects', 'attestation.receipt']);
    }
    const more = { ...manifest, files: [file, { ...file, path: 'second.bin' as typeof file.path }] };
    expect(checked({ manifest: more }).failed).toEqual(['attestation.subjects', 'attestation.receipt']);
  });

  it('is refused when its statement is no in-toto statement, though the signature is right', () => {
    const statement = { _type: 'https://in-toto.io/Statement/v0.1', subject: [], predicateType: 'x', predicate: {} };
    const { bundle: signed } = world.attest(Buffer.from(JSON.stringify(statement)));
    expect(checked(attestations(signed)).failed).toEqual(['attestation.statement', 'attestation.receipt']);
    const twice = Buffer.from('{"_type":"https://in-toto.io/Statement/v1","_type":"https://in-toto.io/Statement/v1"}');
    expect(checked(attestations(world.attest(twice).bundle)).failed).toEqual(['attestation.statement', 'attestation.receipt']);
  });

  it('is refused when the receipt is of another manifest or stands elsewhere in the log', () => {
    const { manifest, attest } = world;
    expect(checked(attestations(attest(receiptOf(manifest, `sha256:${'1'.repeat(64)}`)).bundle)).failed).toEqual(['receipt.manifest']);
    expect(checked(attestations(attest(receiptOf(manifest, world.manifestDigest, 4)).bundle)).failed).toEqual(['receipt.log']);
  });

  it('is refused when bundle and envelope differ', () => {
    const { evidence, manifest, attest } = world;
    const other = attest(receiptOf(manifest, `sha256:${'1'.repeat(64)}`)).envelope;
    const both = evidence.attestations.map((one, index) => (index === 0 ? one : { ...one, bytes: other }));
    expect(checked({ attestations: both }).failed).toEqual(['attestation.forms', 'attestation.receipt']);
  });

  it('that is missing is skipped, with a remedy', () => {
    const { failed, skipped, list } = checked({ attestations: [] });
    expect([failed, skipped]).toEqual([[], ['attestation.signature']]);
    expect(list.checks.find(({ result }) => result === 'skipped')).toMatchObject({
      rests_on: null,
      remedy: expect.stringContaining('signer'),
    });
  });
});

describe('keys', () => {
  it('of a stranger are refused, pinned or not', () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyId = sshFingerprint(stranger.publicKey) ?? '';
    const payload = receiptOf(world.manifest, world.manifestDigest);
    const signature = sign('sha256', preAuthEncoding(inTotoPayloadType, payload), stranger.privateKey);
    const strange = writeBundle({ payload, payloadType: inTotoPayloadType, signature, keyId });
    expect(checked(attestations(strange)).failed).toEqual(['attestation.signature', 'attestation.receipt']);
    // Signed by the stranger in the name of the archive's key.
    const posing = writeBundle({ payload, payloadType: inTotoPayloadType, signature, keyId: world.keyId });
    expect(checked(attestations(posing)).failed).toEqual(['attestation.signature', 'attestation.receipt']);
    const pinned = { ...nothing, attestation: [stranger.publicKey.export({ type: 'spki', format: 'pem' }).toString()] };
    expect(checked({}, pinned).failed).toEqual(['attestation.signature', 'attestation.receipt']);
  });

  it.each([
    ['that had expired', { not_after: '2026-11-01T00:00:00.000Z' }],
    ['that was not valid yet', { not_before: '2026-12-01T00:00:00.000Z' }],
    ['compromised before', { compromised_at: '2026-11-01T00:00:00.000Z' }],
  ])('%s are refused, pinned or not', (_what, change) => {
    const keys = keyChanged('attestation', change);
    expect(checked({}, nothing, keys).failed).toEqual(['attestation.key', 'attestation.receipt']);
    expect(checked({}, { ...nothing, attestation: [world.pem] }, keys).failed).toEqual(['attestation.key', 'attestation.receipt']);
  });

  it('that expired or were compromised later keep what the log shows to be older', () => {
    expect(checked({}, nothing, keyChanged('attestation', { not_after: '2026-11-21T10:00:00.000Z' })).failed).toEqual([]);
    const compromised = keyChanged('attestation', { compromised_at: '2026-11-21T10:00:00.000Z' });
    expect(checked({}, nothing, compromised).failed).toEqual([]);
    // Without the proof any time may be the thief's word.
    expect(checked({ signings: [] }, nothing, compromised).failed).toEqual(['attestation.key', 'attestation.receipt']);
  });

  it('that are compromised do no harm where a key that counts signed the same statement again, and only there', () => {
    const { manifest, manifestDigest, evidence } = world;
    const next = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const nextId = sshFingerprint(next.publicKey) ?? '';
    const nextPem = next.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const again = (payload: Uint8Array, group = 'archive-receipt.r3'): Partial<PackageEvidence> => {
      const signature = sign('sha256', preAuthEncoding(inTotoPayloadType, payload), next.privateKey);
      const bytes = writeBundle({ payload, payloadType: inTotoPayloadType, signature, keyId: nextId });
      const second = { name: 'archive-receipt.r3.again1.sigstore.json', bytes, group, signing: 'second', madeAt: null };
      return { signings: [], attestations: [...evidence.attestations, second] };
    };
    const stolen = keyChanged('attestation', { compromised_at: '2026-11-01T00:00:00.000Z' });
    const [attestation] = stolen;
    if (attestation === undefined) throw new Error('no key');
    const keys = [...stolen, { ...attestation, key_id: nextId, pem: nextPem, compromised_at: null }];
    const receipt = receiptOf(manifest, manifestDigest);
    const replaced = checked(again(receipt), nothing, keys);
    expect(replaced.failed).toEqual([]);
    expect(replaced.ok).toEqual(expect.arrayContaining(['attestation.replaced', 'attestation.receipt', 'receipt.log']));
    expect(replaced.list.checks.filter(({ check }) => check === 'attestation.replaced').map(({ subject }) => subject)).toEqual(
      evidence.attestations.map(({ name }) => name),
    );
    // Whoever pins nobody but the new key is told the same.
    expect(checked(again(receipt), { ...nothing, attestation: [nextPem] }, keys).failed).toEqual([]);
    // A receipt that does not hold replaces nothing, nor does another statement, nor the same key.
    expect(checked(again(Buffer.from('{}')), nothing, keys).failed).toEqual([
      'attestation.key',
      'attestation.statement',
      'attestation.receipt',
    ]);
    expect(checked(again(receipt, 'release.r3'), nothing, keys).failed).toEqual(['attestation.key']);
    expect(checked(again(receipt), nothing, stolen).failed).toEqual(['attestation.key', 'attestation.signature', 'attestation.receipt']);
    // And what is wrong in itself stays wrong.
    const [first] = evidence.attestations;
    const spoilt = { ...first, bytes: Buffer.from('{}') } as (typeof evidence.attestations)[number];
    const half = again(receipt);
    expect(checked({ ...half, attestations: [spoilt, ...(half.attestations ?? []).slice(1)] }, nothing, keys).failed).toContain(
      'attestation.form',
    );
  });

  it('of the log that are compromised prove nothing', () => {
    expect(checked({ signings: [] }, nothing, keyChanged('log', { compromised_at: now })).failed).toEqual(['log.checkpoint']);
  });
});

describe('the log', () => {
  const withProof = async (proof: string | Promise<string>): Promise<readonly string[]> =>
    checked({ logProof: await proof, signings: [] }).failed;

  it('refuses a truncated proof, a forged root and a forged entry', async () => {
    const right = await world.log.proof(2);
    const lines = right.split('\n');
    expect(await withProof(lines.filter((_, index) => index !== 3).join('\n'))).toEqual(['log.inclusion']);
    expect(await withProof(right.slice(0, 40))).toEqual(['log.inclusion']);
    const forged = await world.log.checkpoint(5, Buffer.alloc(32, 7));
    expect(await withProof(right.slice(0, right.indexOf('\n\n') + 2) + forged)).toEqual(['log.inclusion']);
    const entry = Buffer.from(/^extra (.*)$/m.exec(right)?.[1] ?? '', 'base64');
    entry[entry.length - 1] = (entry.at(-1) ?? 0) ^ 1;
    expect(await withProof(right.replace(/^extra .*$/m, `extra ${entry.toString('base64')}`))).toEqual(['log.inclusion']);
  });

  it('refuses a checkpoint nobody believed in signed', async () => {
    const right = await world.log.proof(2);
    expect(await withProof(right.replace(/^5$/m, '6'))).toEqual(['log.checkpoint']);
    const strange = new Trust({ ...nothing, log: [world.verifierKey] }, [], () => '');
    expect(strange.logKeys()).toHaveLength(1);
    expect(checked({ logProof: right.replaceAll(origin, 'other.example/log'), signings: [] }).failed).toEqual(['log.checkpoint']);
  });

  it('refuses the proof of another event', async () => {
    expect(await withProof(world.log.proof(1))).toEqual(['log.entry', 'log.manifest', 'receipt.log']);
  });

  it('that is not signed is skipped', () => {
    expect(checked({ logProof: null, signings: [] })).toMatchObject({ failed: [], skipped: ['log.checkpoint', 'log.inclusion'] });
  });
});

it('what others signed is compared by its subjects, and its signature left to those who know them', () => {
  const relayed = [{ name: 'ci.sigstore.json', bytes: bundle() }];
  expect(checked({ relayed })).toMatchObject({ failed: [], skipped: ['relayed.signature'] });
  const [file] = world.manifest.files;
  if (file === undefined) throw new Error('no file');
  const other = { ...world.manifest, files: [{ ...file, digest: `sha256:${'0'.repeat(64)}` }] };
  const foreign = [{ name: 'ci.sigstore.json', bytes: world.attest(receiptOf(other, world.manifestDigest)).bundle }];
  expect(checked({ relayed: foreign }).failed).toEqual(['relayed.subjects']);
  expect(packageId).toBe(world.evidence.packageId);
});

describe('what the archive signed with a certificate', () => {
  const issuer = 'https://issuer.example';
  const identity = 'https://archive.example/signer';
  const certified = (): Uint8Array => {
    const payload = receiptOf(world.manifest, world.manifestDigest);
    const signed = { payload, payloadType: inTotoPayloadType, signature: Buffer.from('by a key that is gone') };
    return writeCertifiedBundle(signed, { certificate: Buffer.from('a certificate'), logEntries: [] }, []);
  };
  /** A trusted root that finds this signer, or refuses. */
  const expecting = (signer: Partial<CertifiedSigner> | null): Pins => ({
    ...nothing,
    identity: {
      ...{ identity, issuer, restsOn: 'the root' },
      root: {
        verify: () => {
          if (signer === null) throw new SigstoreError('the certificate is not trusted');
          return { identity, issuer, sourceRepositoryId: null, sourceOwnerId: null, ...signer };
        },
      },
    },
  });

  it('holds by the identity and the root that were brought along', () => {
    const { failed, ok, list } = checked(attestations(certified()), expecting({}));
    expect(failed).toEqual([]);
    expect(ok).toEqual(expect.arrayContaining(['attestation.signature', 'attestation.identity', 'attestation.receipt']));
    expect(list.checks.find(({ check }) => check === 'attestation.identity')).toMatchObject({ rests_on: 'the root' });
  });

  it('is not judged, and not called good, when nobody said whom to expect', () => {
    const { failed, skipped, ok, list } = checked(attestations(certified()));
    expect(failed).toEqual([]);
    expect(skipped).toEqual(['attestation.signature', 'attestation.receipt']);
    expect(ok).not.toContain('attestation.statement');
    expect(list.checks.find(({ check }) => check === 'attestation.signature')?.remedy).toContain('--trusted-root');
    // A receipt that does not hold stays a failure beside one that is not judged.
    const keyed = attestations(bundle()).attestations ?? [];
    const both = [...keyed, { name: 'other.sigstore.json', bytes: certified(), group: 'other', signing: 'other', madeAt: null }];
    expect(checked({ attestations: both }, nothing, []).failed).toContain('attestation.receipt');
  });

  it('does not hold by another identity, another issuer or against the root', () => {
    const failures = (pins: Pins) => checked(attestations(certified()), pins).failed;
    expect(failures(expecting({ identity: `${identity}s` }))).toEqual(['attestation.identity', 'attestation.receipt']);
    expect(failures(expecting({ issuer: `${issuer}/` }))).toEqual(['attestation.identity', 'attestation.receipt']);
    expect(failures(expecting({ identity: null }))).toEqual(['attestation.identity', 'attestation.receipt']);
    expect(failures(expecting(null))).toEqual(['attestation.signature', 'attestation.receipt']);
  });

  it('leaves no other way: who expects an identity believes no key that the archive tells of', () => {
    expect(checked({}, expecting({})).failed).toContain('attestation.signature');
  });
});
