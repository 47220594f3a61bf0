import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Verifier, toSignedEntity } from '@sigstore/verify';
import { bundleFromJSON } from '@sigstore/bundle';
import { inTotoPayloadType, preAuthEncoding } from '@muniment/formats';
import type { EvidenceRecord } from '@muniment/application';
import { TestArchive } from './archive.js';

/** A finalized package that nobody has signed anything about yet. */
async function given(archive = new TestArchive(), version: string | null = null) {
  archive.keyring.trouble = 'none valid';
  const packageId = await archive.open('acme/widgets', 'raw-evidence', version);
  await archive.put(packageId, { path: 'dist/report.json', content: 'bytes' });
  await archive.requestFinalization(packageId);
  await archive.settle().catch(() => undefined);
  archive.keyring.trouble = null;
  const evidence = (): Promise<readonly EvidenceRecord[]> => archive.world.attestations.evidence(packageId);
  const bytesOf = async (name: string): Promise<Buffer> => {
    const found = (await evidence()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no evidence ${name}`);
    const opened = await archive.store.openBlob(found.sha256);
    const pieces: Buffer[] = [];
    for await (const piece of (opened?.stream ?? []) as AsyncIterable<Buffer>) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  const typesSoFar = async (): Promise<readonly string[]> => {
    await archive.world.log.pass();
    const events = await archive.world.log.read({ after: 0n, limit: 1000, subjectId: packageId });
    return events.map(({ type }) => type).filter((type) => /attestation|signature/.test(type));
  };
  return { archive, packageId, evidence, bytesOf, typesSoFar };
}

interface Envelope {
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly sig: string; readonly keyid: string }[];
}

describe('attesting a package', () => {
  it('gives one signature, as bundle and as envelope, over a statement of every file', async () => {
    const { archive, packageId, evidence, bytesOf } = await given();
    await archive.attest().execute(packageId, null);
    const names = (await evidence()).map(({ name }) => name);
    expect(names).toEqual([
      expect.stringMatching(/^archive-receipt\.r\d+\.intoto\.jsonl$/),
      expect.stringMatching(/^archive-receipt\.r\d+\.sigstore\.json$/),
    ]);
    const envelope = JSON.parse((await bytesOf(names[0] ?? '')).toString()) as Envelope;
    const bundle = JSON.parse((await bytesOf(names[1] ?? '')).toString()) as {
      dsseEnvelope: Envelope;
      verificationMaterial: { publicKey: { hint: string } };
    };
    expect(bundle.dsseEnvelope).toEqual(envelope);
    expect(envelope.signatures).toHaveLength(1);
    expect(envelope.signatures[0]?.keyid).toBe(bundle.verificationMaterial.publicKey.hint);
    expect(envelope.payloadType).toBe(inTotoPayloadType);
    const payload = Buffer.from(envelope.payload, 'base64');
    const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
    expect(verify('sha256', preAuthEncoding(envelope.payloadType, payload), archive.keyring.pair.publicKey, signature)).toBe(true);
    const statement = JSON.parse(payload.toString()) as { subject: readonly { name: string; digest: Record<string, string> }[] };
    expect(Object.keys(statement).sort()).toEqual(['_type', 'predicate', 'predicateType', 'subject']);
    expect(statement.subject).toMatchObject([
      {
        name: 'dist/report.json',
        digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), blake3: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ]);
    expect(payload.toString()).not.toMatch(/buildDefinition|"builder"/);
    const trust = {
      certificateAuthorities: [],
      timestampAuthorities: [],
      tlogs: [],
      ctlogs: [],
      publicKey: () => ({ publicKey: createPublicKey(archive.keyring.keys[0]?.publicKey ?? ''), validFor: () => true }),
    };
    const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
    expect(() => verifier.verify(toSignedEntity(bundleFromJSON(bundle)))).not.toThrow();
  });

  it('states a release of a package with a version', async () => {
    const { archive, packageId, evidence, bytesOf } = await given(new TestArchive(), '1.0+local');
    await archive.attest().execute(packageId, null);
    const release = (await evidence()).find(({ name }) => /^release\..*jsonl$/.test(name));
    const envelope = JSON.parse((await bytesOf(release?.name ?? '')).toString()) as Envelope;
    expect(JSON.parse(Buffer.from(envelope.payload, 'base64').toString())).toMatchObject({
      predicateType: 'https://in-toto.io/attestation/release/v0.2',
      predicate: { purl: 'pkg:generic/acme/widgets/wheelhouse@1.0%2Blocal', packageId: 'acme/widgets/wheelhouse' },
    });
  });

  it('accepts one attestation per statement, however many signers race', async () => {
    const { archive, packageId, typesSoFar } = await given(new TestArchive(), '1.0');
    const done = await Promise.all(Array.from({ length: 8 }, () => archive.attest().execute(packageId, null)));
    expect(done.flatMap(({ statements }) => statements)).toHaveLength(2);
    expect((await archive.attest().execute(packageId, null)).statements).toEqual([]);
    expect((await typesSoFar()).filter((type) => type === 'v1.attestation.signed')).toHaveLength(2);
  });

  it('signs each file once with a release key, however many signers race', async () => {
    const { archive, packageId, evidence } = await given();
    archive.keyring.releases = true;
    await Promise.all([archive.attest().execute(packageId, null), archive.attest().execute(packageId, null)]);
    const signatures = (await evidence()).filter(({ kind }) => kind === 'signature');
    expect(signatures.map(({ name, path }) => [name, path])).toEqual([['dist/report.json.89ABCDEF01234567.asc', 'dist/report.json']]);
  });

  it('records a failure once for each kind, and signs when the trouble is over', async () => {
    const { archive, packageId, typesSoFar } = await given(new TestArchive(), '1.0');
    const failures = async (): Promise<number> => (await typesSoFar()).filter((type) => type === 'v1.attestation.failed').length;
    expect(await failures()).toBe(2); // nobody could sign when it was finalized
    archive.keyring.trouble = 'none valid';
    await expect(archive.attest().execute(packageId, null)).rejects.toThrow('no key');
    expect(await failures()).toBe(2);
    archive.keyring.trouble = 'broken';
    await expect(archive.attest().execute(packageId, null)).rejects.toThrow('did not sign');
    expect(await failures()).toBe(4);
    const due = async () => (await archive.world.attestations.standing(packageId))?.due;
    expect((await due())?.map(({ failure }) => failure?.code)).toEqual(['signing_failed', 'signing_failed']);
    archive.keyring.trouble = null;
    await archive.attest().execute(packageId, null);
    expect(await due()).toEqual([]);
  });

  it('says nothing of the kind when it is the store that fails', async () => {
    const { archive, packageId, typesSoFar } = await given();
    const before = await typesSoFar();
    const failing = Object.create(archive.store) as TestArchive['store'];
    failing.putBlob = () => Promise.reject(new Error('the disk is full'));
    await expect(archive.attest({ store: failing }).execute(packageId, null)).rejects.toThrow('the disk is full');
    expect(await typesSoFar()).toEqual(before);
  });

  it('keeps what it signed, for ever, whatever the reaper finds', async () => {
    const { archive, packageId, evidence } = await given();
    await archive.attest().execute(packageId, null);
    const sha256s = (await evidence()).map(({ sha256 }) => sha256);
    expect([...(await archive.world.due.referencedBlobs(sha256s))].sort()).toEqual([...sha256s].sort());
  });

  it('splits more than 1,024 subjects over statements that are accepted together', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    for (let n = 0; n < 1_030; n++) await archive.put(packageId, { path: `f${n}`, content: `bytes ${n}` });
    await archive.requestFinalization(packageId);
    await archive.settle();
    const envelopes = (await archive.world.attestations.evidence(packageId)).filter(({ name }) => name.endsWith('.jsonl'));
    expect(envelopes.map(({ name, part, parts }) => [name.replace(/\.r\d+/, ''), part, parts])).toEqual([
      ['archive-receipt.p1of2.intoto.jsonl', 1, 2],
      ['archive-receipt.p2of2.intoto.jsonl', 2, 2],
    ]);
    const subjects: string[] = [];
    for (const { sha256 } of envelopes) {
      const opened = await archive.store.openBlob(sha256);
      const pieces: Buffer[] = [];
      for await (const piece of (opened?.stream ?? []) as AsyncIterable<Buffer>) pieces.push(piece);
      const { payload } = JSON.parse(Buffer.concat(pieces).toString()) as Envelope;
      const { subject } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { subject: readonly { name: string }[] };
      expect(subject.length).toBeLessThanOrEqual(1_024);
      subjects.push(...subject.map(({ name }) => name));
    }
    expect(new Set(subjects).size).toBe(1_030);
  }, 60_000);
});
