import { describe, expect, it } from '@jest/globals';
import { AttestAgain, type AgainCommand, type AskedAgain, type Attestations } from '@muniment/application';
import type { KeyAnnounced, KeyCompromised, Principal } from '@muniment/domain';
import { TestArchive, writer } from './archive.js';

const admin: Principal = { ...writer, name: 'operator', verbs: ['admin'], repositories: ['*'] };
const [oldKey, newKey] = ['SHA256:test-attestation', 'SHA256:next'];
const [oldRelease, newRelease] = ['0123456789ABCDEF0123456789ABCDEF01234567', 'FEDCBA9876543210FEDCBA9876543210FEDCBA98'];

/** An archive with packages signed by keys that then get into other hands. */
async function given({ packages = 1, releases = false } = {}) {
  const archive = new TestArchive();
  archive.keyring.releases = releases;
  const { log, attestations, signingKeys, clock, ids } = archive.world;
  const tellKey = async (key_id: string, purpose: 'attestation' | 'release'): Promise<void> => {
    const announced: KeyAnnounced = {
      type: 'v1.key.announced',
      payload: {
        ...{ key_id, name: key_id, purpose, algorithm: 'ecdsa-p256-sha256', public_key: 'pem' },
        ...{ not_before: null, not_after: null, announced_at: clock.now() },
      },
    };
    const compromised: KeyCompromised = {
      type: 'v1.key.compromised',
      payload: { key_id, compromised_at: clock.now(), reported_at: clock.now() },
    };
    const attribution = { actor: 'service:signer', time: clock.now() };
    await log.append({ subject: { kind: 'key', id: ids.next() }, expectedRevision: 0, facts: [announced, compromised], attribution });
  };
  const signed: string[] = [];
  for (let n = 0; n < packages; n++) {
    const id = await archive.open('acme/widgets', 'raw-evidence', '1.0');
    for (const path of ['a.bin', 'b.bin']) await archive.put(id, { path, content: `${path} ${n}` });
    await archive.requestFinalization(id);
    await archive.settle();
    signed.push(id);
  }
  await tellKey(oldKey, 'attestation');
  await tellKey(oldRelease, 'release');
  const ask = (change: Partial<AgainCommand> = {}, views: Attestations = attestations): Promise<AskedAgain> =>
    new AttestAgain(log, views, signingKeys, clock).execute({
      ...{ caller: admin, keyId: oldKey, dryRun: false, reason: 'the laptop was stolen', repository: null, after: null, limit: 1_000 },
      ...{ traceparent: null, ...change },
    });
  const keysOf = async (id: string): Promise<readonly string[]> =>
    (await attestations.evidence(id)).map(({ name, keyId }) => `${name.replace(/\.r\d+/, '')} ${keyId ?? ''}`).sort();
  return { archive, first: signed[0] ?? '', signed, ask, keysOf, attestations };
}

const both = ['archive-receipt', 'release'];
const files = (statement: string, again: string, key: string): readonly string[] => [
  `${statement}${again}.intoto.jsonl ${key}`,
  `${statement}${again}.sigstore.json ${key}`,
];

describe('attesting again', () => {
  it('has the next key sign what only the old one vouches for, once, and leaves what there was', async () => {
    const { archive, first, ask, keysOf } = await given();
    expect(await ask()).toMatchObject({ packages: [{ packageId: first, statements: 2, files: 0 }], waiting: 0, moved: 0, next: null });
    expect(await ask()).toMatchObject({ packages: [], waiting: 2 });
    archive.keyring.current = newKey;
    await archive.settle();
    const old = both.flatMap((statement) => files(statement, '', oldKey));
    expect(await keysOf(first)).toEqual([...old, ...both.flatMap((statement) => files(statement, '.again1', newKey))].sort());
    expect(await ask()).toMatchObject({ packages: [], waiting: 0 });
    expect((await archive.attest().execute(first, null)).statements).toEqual([]);
  });

  it('accepts one attestation per statement and key, however many signers race, old ones among them', async () => {
    const { archive, first, ask, keysOf } = await given();
    await ask();
    archive.keyring.current = newKey;
    const racing = Array.from({ length: 8 }, () => archive.attest().execute(first, null));
    const done = await Promise.all(racing);
    expect(done.flatMap(({ statements }) => statements)).toHaveLength(2);
    expect(await keysOf(first)).toHaveLength(8);
  });

  it('is refused by a signer that still holds the old key; it shows, and heals', async () => {
    const { archive, first, ask, attestations } = await given();
    await ask();
    await expect(archive.attest().execute(first, null)).rejects.toThrow('has not been restarted');
    expect((await attestations.state(first))?.due.map(({ failure }) => failure?.code)).toEqual(['no_signer', 'no_signer']);
    archive.keyring.current = newKey;
    await archive.attest().execute(first, null);
    expect((await attestations.state(first))?.due).toEqual([]);
  });

  it('of a release key makes the signatures of files anew, and no statement', async () => {
    const { archive, first, ask, keysOf, attestations } = await given({ releases: true });
    expect(await ask({ keyId: oldRelease })).toMatchObject({ packages: [{ statements: 0, files: 2 }] });
    const before = await keysOf(first);
    await expect(archive.attest().execute(first, null)).rejects.toThrow('has not been restarted');
    expect(await attestations.backlog()).toEqual({ due: 2, failed: 0 });
    archive.keyring.currentRelease = newRelease;
    await archive.settle();
    const made = ['a.bin', 'b.bin'].map((path) => `${path}.${newRelease.slice(-16)}.asc ${newRelease}`);
    expect(await keysOf(first)).toEqual([...before, ...made].sort());
    expect(await attestations.backlog()).toEqual({ due: 0, failed: 0 });
    expect(await ask({ keyId: oldRelease })).toMatchObject({ packages: [], waiting: 0 });
  });

  it('of statements leaves the signatures of files alone, though the release key changed too', async () => {
    const { archive, first, ask, keysOf } = await given({ releases: true });
    await ask();
    archive.keyring.current = newKey;
    archive.keyring.currentRelease = newRelease;
    await archive.settle();
    expect((await keysOf(first)).filter((one) => one.endsWith(newRelease))).toEqual([]);
    expect((await keysOf(first)).filter((one) => one.endsWith(newKey))).toHaveLength(4);
  });

  it('goes page by page, within a repository, and a rehearsal records nothing', async () => {
    const { archive, signed, ask } = await given({ packages: 3 });
    await archive.world.log.pass();
    const head = (await archive.world.log.read({ after: 0n, limit: 1_000 })).length;
    const rehearsed = await ask({ dryRun: true, reason: '' });
    expect(rehearsed.packages.map(({ packageId }) => packageId)).toEqual([...signed].sort());
    await archive.world.log.pass();
    expect((await archive.world.log.read({ after: 0n, limit: 1_000 })).length).toBe(head);
    expect((await ask({ dryRun: true, repository: 'acme/other' })).packages).toEqual([]);
    const one = await ask({ limit: 2 });
    expect(one.packages).toHaveLength(2);
    const two = await ask({ limit: 2, after: one.next });
    expect([...one.packages, ...two.packages].map(({ packageId }) => packageId)).toEqual([...signed].sort());
    expect(two.next).toBeNull();
  });

  it('leaves a package alone that changed since it was read, says so, and asks the next time', async () => {
    const { archive, first, ask, attestations } = await given();
    const late = Object.create(attestations) as Attestations;
    late.signedBy = async (keyId, query) =>
      (await attestations.signedBy(keyId, query)).map((pkg) => ({ ...pkg, revision: pkg.revision - 1 }));
    expect(await ask({}, late)).toMatchObject({ packages: [], moved: 1 });
    expect((await attestations.state(first))?.due).toEqual([]);
    expect(await ask()).toMatchObject({ packages: [{ packageId: first }], moved: 0 });
    expect(archive.world.log.packages.get(first)?.due).toHaveLength(2);
  });

  it('needs an administrator of everything, a reason, and a key that signs no more', async () => {
    const { ask } = await given();
    await expect(ask({ caller: { ...admin, repositories: ['acme/*'] } })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask({ caller: { ...admin, verbs: ['retention'] } })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask({ reason: ' ' })).rejects.toMatchObject({ code: 'reason_required' });
    await expect(ask({ keyId: newKey })).rejects.toMatchObject({ code: 'key_not_found' });
  });

  it('is recorded with who asked and why', async () => {
    const { archive, first, ask } = await given();
    await ask();
    await archive.world.log.pass();
    const [asked] = await archive.world.log.read({ after: 0n, limit: 10, subjectId: first, types: ['v1.attestation.requested'] });
    expect(asked).toMatchObject({ actor: 'token:operator', reason: 'the laptop was stolen' });
  });
});
