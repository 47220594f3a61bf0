import { describe, expect, it } from '@jest/globals';
import { instantOf, Refusal, type CorruptionDetected, type FileIngested } from '@muniment/domain';
import { goodWheelhouse } from '../corpus/good-files.js';
import { identityOf, TestArchive } from './archive.js';
import { FullStore } from './full-store.js';
import { Killed, killedAtAppend } from './interrupted-log.js';

async function received(content?: string | Buffer, path?: string) {
  const archive = new TestArchive();
  const packageId = await archive.open();
  await archive.put(packageId, { ...(content === undefined ? {} : { content }), ...(path === undefined ? {} : { path }) });
  const request = { packageId, fileId: await archive.fileId(packageId, path), traceparent: null, lastTry: false };
  return { archive, packageId, request };
}

describe('verify a file', () => {
  it('that is what was received makes it part of the package, its bytes a blob', async () => {
    const { archive, packageId, request } = await received('hello');
    expect(await archive.verifyFile().execute(request)).toBe('ingested');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
    expect([await archive.blobs(), await archive.staged()]).toEqual([[identityOf('hello').sha256], []]);
  });

  it('lists the wheels of a wheelhouse, each with digests of its own', async () => {
    const { archive, packageId, request } = await received(goodWheelhouse(), 'wheelhouse-3.11.tgz');
    expect(await archive.verifyFile().execute(request)).toBe('ingested');
    const fact = (await archive.facts(packageId)).find((f): f is FileIngested => f.type === 'v1.file.ingested');
    expect(fact?.payload.members?.map((member) => member.wheel?.name ?? null)).toEqual(['alpha', 'beta_tools', 'gamma', null]);
  });

  it('that inspection refuses keeps it out and gives its bytes up', async () => {
    const { archive, packageId, request } = await received('not gzip at all', 'wheelhouse-3.11.tgz');
    expect(await archive.verifyFile().execute(request)).toBe('refused');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.refused']);
    expect([await archive.blobs(), await archive.staged()]).toEqual([[], []]);
  });

  it('whose stored bytes differ tells of corruption, refuses it, and takes the right bytes afterwards', async () => {
    const { archive, packageId, request } = await received('hello');
    archive.finding = (truth) => ({ ...truth, stored: identityOf('hellO') });
    expect(await archive.verifyFile().execute(request)).toBe('refused');
    const corrupt = (await archive.facts(packageId)).find((f): f is CorruptionDetected => f.type === 'v1.storage.corruption_detected');
    expect(corrupt?.payload).toMatchObject({ expected_sha256: identityOf('hello').sha256, actual_sha256: identityOf('hellO').sha256 });
    expect([await archive.blobs(), await archive.staged()]).toEqual([[], []]);

    archive.finding = null;
    await archive.put(packageId, { content: 'hello' });
    await archive.settle();
    expect((await archive.factTypes(packageId)).slice(-2)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('again after a kill between promotion and append finishes the work', async () => {
    const { archive, packageId, request } = await received('hello');
    const dying = archive.verifyFile({ log: killedAtAppend(archive.world.log, 'before') });
    await expect(dying.execute(request)).rejects.toThrow(Killed);
    expect(await archive.blobs()).toHaveLength(1);
    expect(await archive.staged()).toHaveLength(1);
    expect(await archive.verifyFile().execute(request)).toBe('ingested');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('again when only the blob is left finishes the work', async () => {
    const { archive, packageId, request } = await received('hello');
    const dying = archive.verifyFile({ log: killedAtAppend(archive.world.log, 'before') });
    await expect(dying.execute(request)).rejects.toThrow(Killed);
    for (const key of await archive.staged()) await archive.store.discard(key);
    expect(await archive.verifyFile().execute(request)).toBe('ingested');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('again after the append changes nothing', async () => {
    const { archive, packageId, request } = await received('hello');
    const dying = archive.verifyFile({ log: killedAtAppend(archive.world.log, 'after') });
    await expect(dying.execute(request)).rejects.toThrow(Killed);
    expect(await archive.verifyFile().execute(request)).toBe('already decided');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
    // what the kill left staged is nobody's: the reaper takes it
    expect(await archive.world.due.neededStagingKeys(await archive.staged())).toEqual(new Set());
  });

  it('by two workers at once decides once', async () => {
    const { archive, packageId, request } = await received('hello');
    const outcomes = await Promise.all([archive.verifyFile().execute(request), archive.verifyFile().execute(request)]);
    expect(outcomes.sort()).toEqual(['already decided', 'ingested']);
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
  });

  it('that was refused and replaced meanwhile leaves the new file alone', async () => {
    const { archive, packageId, request } = await received('hello');
    let replaced = false;
    archive.finding = (truth) => (replaced ? truth : { ...truth, outcome: { refusal: new Refusal('archive_corrupt', 'Broken.') } });
    expect(await archive.verifyFile().execute(request)).toBe('refused');
    replaced = true;
    await archive.put(packageId, { content: 'hello again' });
    expect(await archive.verifyFile().execute(request)).toBe('already decided');
    await archive.settle();
    expect((await archive.world.states.files(packageId)).map((file) => [file.phase, file.sha256])).toEqual([
      ['ingested', identityOf('hello again').sha256],
    ]);
  });

  it('replaced while it was being read records nothing about the new file', async () => {
    const { archive, packageId, request } = await received('hello');
    const { examiner } = archive;
    const slow = archive.verifyFile();
    const examine = examiner.examine.bind(examiner);
    examiner.examine = async (...given) => {
      const truth = await examine(...given);
      examiner.examine = examine;
      archive.finding = (found) => ({ ...found, outcome: { refusal: new Refusal('archive_corrupt', 'Broken.') } });
      await archive.verifyFile().execute(request);
      archive.finding = null;
      await archive.put(packageId, { content: 'other' });
      return truth;
    };
    await expect(slow.execute(request)).rejects.toMatchObject({ code: 'file_not_found' });
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.refused', 'v1.file.received']);
    await archive.settle();
    expect((await archive.world.states.files(packageId))[0]).toMatchObject({ phase: 'ingested', sha256: identityOf('other').sha256 });
  });

  describe('whose bytes cannot be found', () => {
    async function lost() {
      const { archive, packageId, request } = await received('hello');
      for (const key of await archive.staged()) await archive.store.discard(key);
      return { archive, packageId, request, last: { ...request, lastTry: true } };
    }

    it('is a failure to try again as long as there are tries', async () => {
      const { archive, packageId, request } = await lost();
      await expect(archive.verifyFile().execute(request)).rejects.toThrow(/no bytes/);
      expect(await archive.factTypes(packageId)).toEqual(['v1.file.received']);
    });

    it('on the last try is told and refused, once, and the package is completed by sending the file again', async () => {
      const { archive, packageId, last } = await lost();
      await archive.requestFinalization(packageId);
      expect(await archive.verifyFile().execute(last)).toBe('missing');
      expect(await archive.verifyFile().execute(last)).toBe('already decided');
      const [, , , , told, refused] = await archive.facts(packageId);
      expect(told?.payload).toMatchObject({ path: 'report.json', expected_sha256: identityOf('hello').sha256, expected_size: 5 });
      expect(refused?.payload).toMatchObject({ path: 'report.json', code: 'stored_bytes_missing' });
      expect(await archive.world.due.events(['v1.file.received'], instantOf(new Date('2999-01-01')), 0n, 10)).toEqual([]);

      await archive.put(packageId, { content: 'hello' });
      await archive.settle();
      expect((await archive.world.states.package(packageId))?.package.phase).toBe('finalized');
    });

    it('while the store does not work is no loss: the job fails and comes back', async () => {
      const { archive, packageId, last } = await lost();
      await expect(archive.verifyFile({ store: new FullStore(archive.store) }).execute(last)).rejects.toThrow('disk full');
      expect(await archive.factTypes(packageId)).toEqual(['v1.file.received']);
    });

    it.each([1, 2])("in a store that is not the archive's own, when asked for the %ith time, is no loss", async (time) => {
      const { archive, packageId, last } = await lost();
      let asked = 0;
      const probe = { check: () => (++asked === time ? Promise.reject(new Error('another store')) : Promise.resolve()) };
      await expect(archive.verifyFile({ probe }).execute(last)).rejects.toThrow('another store');
      expect(await archive.factTypes(packageId)).toEqual(['v1.file.received']);
    });

    it('but come to light before they are given up is no loss', async () => {
      const { archive, packageId, last } = await lost();
      const { sha256 } = identityOf('hello');
      const check = archive.store.check.bind(archive.store);
      archive.store.check = async () => {
        await archive.store.putBlob(sha256, Buffer.from('hello'));
        await check();
      };
      await expect(archive.verifyFile().execute(last)).rejects.toThrow(/no bytes/);
      expect(await archive.verifyFile().execute(last)).toBe('ingested');
      expect(await archive.factTypes(packageId)).toEqual(['v1.file.received', 'v1.file.ingested']);
    });
  });

  it('whose promotion fails records nothing', async () => {
    const { archive, packageId, request } = await received('hello');
    const full = new FullStore(archive.store);
    await expect(archive.verifyFile({ store: full }).execute(request)).rejects.toThrow('disk full');
    expect(await archive.factTypes(packageId)).toEqual(['v1.file.received']);
    expect(await archive.staged()).toHaveLength(1);
  });
});
