import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ExpireUploads, inlineDigests, PutFile, ReapOrphans, stagingKey } from '@muniment/application';
import { plusSeconds, type UploadSession } from '@muniment/domain';
import { identityOf, maxBytes, TestArchive, writer } from './archive.js';
import { Killed, killedAtAppend, overtaken } from './interrupted-log.js';

async function session(archive: TestArchive, change: Partial<UploadSession> = {}): Promise<UploadSession> {
  const { clock, ids, uploads } = archive.world;
  const id = ids.next();
  await archive.store.stage(stagingKey(id), Readable.from([Buffer.from('part of it')]));
  return uploads.open({
    id,
    packageId: ids.next(),
    path: 'large.bin',
    mediaType: 'application/octet-stream',
    mode: 'tus',
    phase: 'receiving',
    size: 100,
    offset: 10,
    unprovenFrom: null,
    declaredSha256: null,
    stagingKey: stagingKey(id),
    storeHandle: null,
    createdBy: 'token:acme-ci',
    createdAt: clock.now(),
    expiresAt: plusSeconds(clock.now(), 60),
    ...change,
  });
}

describe('expiring uploads', () => {
  const expiry = (archive: TestArchive): ExpireUploads =>
    new ExpireUploads(archive.world.uploads, archive.giveUp(), archive.world.ids, archive.world.clock);
  const phaseOf = async ({ world }: TestArchive, { id }: UploadSession) => (await world.uploads.find(id))?.phase;

  it('ends what ran out of time and gives up its bytes; the others stay', async () => {
    const archive = new TestArchive();
    const old = await session(archive);
    archive.world.clock.pass(59);
    const young = await session(archive);
    expect(await expiry(archive).execute()).toBe(0);
    archive.world.clock.pass(1);
    expect(await expiry(archive).execute()).toBe(1);
    expect([await phaseOf(archive, old), await phaseOf(archive, young)]).toEqual(['expired', 'receiving']);
    expect(await archive.staged()).toEqual([young.stagingKey]);
    expect(await expiry(archive).execute()).toBe(0);
  });

  it('leaves a session alone that somebody is writing to', async () => {
    const archive = new TestArchive();
    const { uploads, clock } = archive.world;
    const busy = await session(archive);
    clock.pass(3600);
    await uploads.lease(busy.id, 'a gateway', clock.now(), plusSeconds(clock.now(), 10));
    expect(await expiry(archive).execute()).toBe(0);
    expect([await phaseOf(archive, busy), await archive.staged()]).toEqual(['receiving', [busy.stagingKey]]);
    clock.pass(10); // its owner died: the lease ran out by itself
    expect(await expiry(archive).execute()).toBe(1);
  });

  it('never touches the bytes of a committed upload', async () => {
    const archive = new TestArchive();
    const done = await session(archive);
    await archive.world.uploads.end(done.id, 'committed');
    archive.world.clock.pass(3600);
    expect(await expiry(archive).execute()).toBe(0);
    expect(await archive.staged()).toEqual([done.stagingKey]);
  });
});

describe('reaping orphans', () => {
  const reap = ({ world, store }: TestArchive, ageSeconds = 600) =>
    new ReapOrphans(store, world.due, world.locks, store).execute(new Date(Date.parse(world.clock.now()) - ageSeconds * 1000));

  it("removes nothing from a store that is not the archive's own", async () => {
    const archive = new TestArchive();
    const { world, store } = archive;
    await store.putBlob(identityOf('strange').sha256, Buffer.from('strange'));
    world.clock.pass(3600);
    const probe = { check: () => Promise.reject(new Error('another store')) };
    const reaping = new ReapOrphans(store, world.due, world.locks, probe).execute(new Date(Date.parse(world.clock.now())));
    await expect(reaping).rejects.toThrow('another store');
    expect(await archive.blobs()).toHaveLength(1);
  });

  it('removes staged bytes that nothing needs, once they are old enough', async () => {
    const archive = new TestArchive();
    await archive.store.stage(stagingKey(archive.world.ids.next()), Readable.from([Buffer.from('left by a crash')]));
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 0 });
    archive.world.clock.pass(601);
    expect(await reap(archive)).toEqual({ staged: 1, blobs: 0 });
    expect(await archive.staged()).toEqual([]);
  });

  describe.each([
    ['each staged by itself', {}],
    ['small ones staged together', { smallBytes: 1_000 }],
  ])('while a gateway stands still between staging a file and recording it, %s', (_ways, ways) => {
    const put = async (archive: TestArchive, packageId: string, meanwhile: () => Promise<unknown>) => {
      const { log, states, ids } = archive.world;
      const commit = archive.commitFile(overtaken(log, 1, meanwhile));
      const body = Readable.from([Buffer.from('hello')]);
      const sized = { mediaType: null, declaredSize: 5, declaredSha256: null, body, traceparent: null };
      return new PutFile(states, archive.store, commit, ids, maxBytes, inlineDigests, archive.gatewayLog).execute({
        caller: writer,
        packageId,
        path: 'a',
        ...sized,
      });
    };
    const pass = (archive: TestArchive, seconds: number): void => {
      archive.world.clock.pass(seconds);
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + seconds * 1_000);
    };
    afterEach(() => void jest.restoreAllMocks());

    it('takes its bytes, and they are not acknowledged: the file can be sent again', async () => {
      const archive = new TestArchive(undefined, ways);
      const packageId = await archive.open();
      const late = put(archive, packageId, async () => {
        pass(archive, 601);
        expect(await reap(archive)).toEqual({ staged: 1, blobs: 0 });
      });
      await expect(late).rejects.toMatchObject({ code: 'stored_bytes_missing' });
      expect(await put(archive, packageId, () => Promise.resolve())).toMatchObject({ created: true });
      await archive.settle();
      expect((await archive.world.states.files(packageId)).map(({ phase }) => phase)).toEqual(['ingested']);
    });

    it('does not take what was recorded since it asked', async () => {
      const archive = new TestArchive(undefined, ways);
      const packageId = await archive.open();
      const { due, locks, clock } = archive.world;
      const [asked, recorded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const slow = {
        events: due.events.bind(due),
        referencedBlobs: due.referencedBlobs.bind(due),
        neededStagingKeys: jest.fn(due.neededStagingKeys.bind(due)).mockImplementationOnce(async (keys) => {
          const needed = await due.neededStagingKeys(keys);
          asked.resolve();
          await recorded.promise;
          return needed;
        }),
      };
      let reaping: Promise<unknown> = Promise.resolve();
      const late = put(archive, packageId, async () => {
        pass(archive, 601);
        reaping = new ReapOrphans(archive.store, slow, locks, archive.store).execute(new Date(Date.parse(clock.now()) - 600_000));
        await asked.promise;
      });
      expect(await late).toMatchObject({ created: true });
      recorded.resolve();
      expect(await reaping).toEqual({ staged: 0, blobs: 0 });
      await archive.settle();
      expect((await archive.world.states.files(packageId)).map(({ phase }) => phase)).toEqual(['ingested']);
    });
  });

  it('keeps what a received file or an open session still needs, however old', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId);
    await session(archive);
    archive.world.clock.pass(1_000_000);
    const before = await archive.staged();
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 0 });
    expect(await archive.staged()).toEqual(before);
    expect(before).toHaveLength(2);
    await archive.settle();
    expect((await archive.world.states.files(packageId))[0]?.phase).toBe('ingested');
  });

  it('keeps blobs that a package refers to and removes those none does', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId, { content: 'kept' });
    await archive.settle();
    const orphan = identityOf('orphan').sha256;
    await archive.store.putBlob(orphan, Buffer.from('orphan'));
    archive.world.clock.pass(601);
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 1 });
    expect(await archive.blobs()).toEqual([identityOf('kept').sha256]);
  });

  it('keeps the blob of a file whose worker died between promotion and append', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId, { content: 'hello' });
    const request = { packageId, fileId: await archive.fileId(packageId), traceparent: null, lastTry: false };
    await expect(archive.verifyFile({ log: killedAtAppend(archive.world.log, 'before') }).execute(request)).rejects.toThrow(Killed);
    archive.world.clock.pass(601);
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 0 });
    expect(await archive.verifyFile().execute(request)).toBe('ingested');
  });

  it('removes the staged bytes that a worker left which died after its append', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId, { content: 'hello' });
    const request = { packageId, fileId: await archive.fileId(packageId), traceparent: null, lastTry: false };
    await expect(archive.verifyFile({ log: killedAtAppend(archive.world.log, 'after') }).execute(request)).rejects.toThrow(Killed);
    archive.world.clock.pass(601);
    expect(await reap(archive)).toEqual({ staged: 1, blobs: 0 });
    expect(await archive.blobs()).toEqual([identityOf('hello').sha256]);
  });

  it('leaves a blob alone that is becoming referenced right now', async () => {
    const archive = new TestArchive();
    const { locks, clock } = archive.world;
    const { sha256 } = identityOf('hello');
    await archive.store.putBlob(sha256, Buffer.from('hello'));
    clock.pass(601);
    await locks.hold(`blob:${sha256}`, async () => {
      expect(await reap(archive)).toEqual({ staged: 0, blobs: 0 });
    });
    expect(await archive.blobs()).toEqual([sha256]);
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 1 });
  });

  it('looks once more under the lock: a blob referenced since the question stays', async () => {
    const archive = new TestArchive();
    const packageId = await archive.open();
    await archive.put(packageId, { content: 'hello' });
    const { sha256 } = identityOf('hello');
    await archive.store.putBlob(sha256, Buffer.from('hello'));
    archive.world.clock.pass(601);
    const { due } = archive.world;
    let asked = 0;
    const stale = {
      events: due.events.bind(due),
      neededStagingKeys: due.neededStagingKeys.bind(due),
      referencedBlobs: (asks: readonly string[]) => (asked++ === 0 ? Promise.resolve(new Set<string>()) : due.referencedBlobs(asks)),
    };
    const cut = new Date(Date.parse(archive.world.clock.now()) - 1);
    expect(await new ReapOrphans(archive.store, stale, archive.world.locks, archive.store).execute(cut)).toEqual({ staged: 0, blobs: 0 });
    expect([asked, await archive.blobs()]).toEqual([2, [sha256]]);
  });

  it('goes through any number of them', async () => {
    const archive = new TestArchive();
    for (let n = 0; n < 1_001; n++) await archive.store.putBlob(identityOf(`orphan ${n}`).sha256, Buffer.from(`orphan ${n}`));
    archive.world.clock.pass(601);
    expect(await reap(archive)).toEqual({ staged: 0, blobs: 1_001 });
  });
});
