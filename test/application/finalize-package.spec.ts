import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { parseSha256, type PackageFinalized, type Principal } from '@muniment/domain';
import { decodeCbor, parseMeta } from '@muniment/formats';
import { goodWheelhouse } from '../corpus/good-files.js';
import { identityOf, TestArchive, writer } from './archive.js';
import { Killed, killedAtAppend } from './interrupted-log.js';

/** A package with a verified wheelhouse, about to be finalized. */
async function due() {
  const archive = new TestArchive();
  const packageId = await archive.open();
  await archive.put(packageId, { path: 'wheelhouse-3.11.tgz', content: goodWheelhouse() });
  await archive.settle();
  await archive.requestFinalization(packageId);
  return { archive, packageId };
}

const manifestFact = async (archive: TestArchive, packageId: string): Promise<PackageFinalized['payload']> => {
  const all = (await archive.facts(packageId)).filter((fact): fact is PackageFinalized => fact.type === 'v1.package.finalized');
  expect(all).toHaveLength(1);
  const [fact] = all;
  if (!fact) throw new Error('not finalized');
  return fact.payload;
};

describe('finalize a package', () => {
  it('makes the manifest, whose digest names the package from then on', async () => {
    const { archive, packageId } = await due();
    expect(await archive.finalizePackage().execute(packageId, null)).toBe(true);
    const view = await archive.world.views.one(packageId);
    const manifest = await archive.world.views.manifest(packageId);
    expect(view?.state.phase).toBe('finalized');
    expect(view?.state.manifestDigest).toBe(
      `sha256:${createHash('sha256')
        .update(manifest ?? '')
        .digest('hex')}`,
    );
    expect(decodeCbor(manifest ?? new Uint8Array())).toEqual(await manifestFact(archive, packageId));
  });

  it('writes the .meta record that a wheelhouse came without, as a file like any other', async () => {
    const { archive, packageId } = await due();
    await archive.finalizePackage().execute(packageId, null);
    const { files, provenance } = await manifestFact(archive, packageId);
    expect(files.map((file) => file.path)).toEqual(['wheelhouse-3.11.tgz', 'wheelhouse-3.11.tgz.meta']);
    expect(provenance.meta_records).toEqual(['wheelhouse-3.11.tgz.meta']);
    const [tarball, record] = files;
    const stored = await archive.store.openBlob(parseSha256(record?.digest ?? ''));
    if (!stored) throw new Error('the record is no blob');
    const bytes = await buffer(stored.stream);
    const { sha256, blake3, size } = identityOf(goodWheelhouse());
    expect(Object.fromEntries(parseMeta(bytes).entries)).toEqual({
      name: 'wheelhouse-3.11.tgz',
      sha256,
      blake3,
      size: String(size),
      created_at: '2026-03-01T12:00:00Z',
      wheels: 'alpha-1.0-py3-none-any.whl,beta_tools-2.1.post3-py3-none-any.whl,gamma-0.3-py3-none-any.whl',
      repository: 'acme/widgets',
      made_by: 'muniment',
    });
    expect(`sha256:${sha256}`).toBe(tarball?.digest);
    expect(record?.size).toBe(bytes.length);
  });

  it('leaves the record that was uploaded as it is', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    const record = `name=wheelhouse-3.11.tgz\nsha256=${identityOf(goodWheelhouse()).sha256}\nrunner=Linux ci 6.1\n`;
    await archive.put(packageId, { path: 'wheelhouse-3.11.tgz.meta', content: record });
    await archive.put(packageId, { path: 'wheelhouse-3.11.tgz', content: goodWheelhouse() });
    await archive.requestFinalization(packageId);
    await archive.settle();
    const { files } = await manifestFact(archive, packageId);
    expect(files[1]).toMatchObject({ digest: `sha256:${identityOf(record).sha256}`, annotations: { 'io.muniment.origin': 'upload' } });
  });

  it('happens once, whatever number of workers do it at the same time', async () => {
    const { archive, packageId } = await due();
    const runs = await Promise.all(Array.from({ length: 4 }, () => archive.finalizePackage().execute(packageId, null)));
    expect(runs.filter((finalized) => finalized)).toHaveLength(1);
    const { files } = await manifestFact(archive, packageId);
    expect(files).toHaveLength(2);
    expect((await archive.factTypes(packageId)).filter((type) => type === 'v1.file.ingested')).toHaveLength(2);
    expect(await archive.finalizePackage().execute(packageId, null)).toBe(false);
  });

  it.each(['before', 'after'] as const)('is finished by the next worker when one dies %s the append', async (when) => {
    const { archive, packageId } = await due();
    await expect(archive.finalizePackage(killedAtAppend(archive.world.log, when)).execute(packageId, null)).rejects.toThrow(Killed);
    expect(await archive.finalizePackage().execute(packageId, null)).toBe(when === 'before');
    await manifestFact(archive, packageId);
  });

  it('does nothing before it is due', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId);
    await archive.requestFinalization(packageId);
    expect(await archive.finalizePackage().execute(packageId, null)).toBe(false);
    await archive.settle();
    await manifestFact(archive, packageId);
  });

  it('takes the expiry that holds at that moment into the manifest', async () => {
    const { archive, packageId } = await due();
    await archive.finalizePackage().execute(packageId, null);
    const { retention_summary } = await manifestFact(archive, packageId);
    expect(retention_summary).toEqual({ retention_class: 'raw-evidence', expires_at: '2026-03-31T12:00:00.000Z' });
  });
});

describe('request finalization', () => {
  it('is for those who may write there, of a package that exists', async () => {
    const { archive, packageId } = await due();
    const stranger: Principal = { ...writer, repositories: ['other/*'] };
    await expect(archive.requestFinalization(packageId, stranger)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(archive.requestFinalization(archive.world.ids.next())).rejects.toMatchObject({ code: 'package_not_found' });
  });

  it('twice at once is requested once and due once', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId);
    await archive.settle();
    await Promise.all([archive.requestFinalization(packageId), archive.requestFinalization(packageId)]);
    expect((await archive.factTypes(packageId)).slice(2)).toEqual(['v1.package.finalize_requested', 'v1.package.finalization_due']);
  });

  it('is due with the last file, when it came while files were being verified', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId, { path: 'a' });
    await archive.put(packageId, { path: 'b' });
    await archive.requestFinalization(packageId);
    const verify = (fileId: string) => archive.verifyFile().execute({ packageId, fileId, traceparent: null, lastTry: false });
    await Promise.all([verify(await archive.fileId(packageId, 'a')), verify(await archive.fileId(packageId, 'b'))]);
    const types = await archive.factTypes(packageId);
    expect(types.filter((type) => type === 'v1.package.finalization_due')).toHaveLength(1);
    expect(types.at(-1)).toBe('v1.package.finalization_due');
  });
});
