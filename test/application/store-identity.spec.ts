import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AdoptStore, IdentifyStore, OwnStore, type ExpectedBytes, type StoreRecords } from '@muniment/application';
import type { StoreRecord } from '@muniment/domain';
import { FilesystemStore } from '@muniment/object-store';
import { MemoryWorld } from '@muniment/testing';
import { identityOf } from './archive.js';

/** The database's side, with as much to refer to as a spec says. */
class Records implements StoreRecords {
  record: StoreRecord | null = null;
  expected: readonly ExpectedBytes[] = [];

  claim(storeId: string): Promise<StoreRecord> {
    return Promise.resolve((this.record ??= { storeId, settled: false }));
  }
  settle(storeId: string): Promise<void> {
    this.record = { storeId, settled: true };
    return Promise.resolve();
  }
  sample(limit: number): Promise<readonly ExpectedBytes[]> {
    return Promise.resolve(this.expected.slice(0, limit));
  }
}

const contents = Array.from({ length: 6 }, (_, index) => Buffer.from(`content ${String(index)}`));

describe('whose store it is', () => {
  const world = new MemoryWorld();
  let folder: string;
  let root: string;
  let records: Records;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'muniment-identity-'));
    root = path.join(folder, 'objects');
    records = new Records();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const opened = () => new FilesystemStore({ root });
  const identify = (of = records) => new IdentifyStore(of, opened(), world.locks, world.ids, world.clock).execute();
  const adopt = (acceptLoss = false) => new AdoptStore(records, opened(), world.locks, world.ids, world.clock).execute(acceptLoss);
  const fill = async (some: readonly Buffer[]) => {
    for (const bytes of some) await opened().putBlob(identityOf(bytes).sha256, bytes);
  };
  const refersTo = (some: readonly Buffer[]) =>
    (records.expected = some.map((bytes) => ({ sha256: identityOf(bytes).sha256, stagingKey: null })));
  /** What an unmounted volume leaves: the folder it is mounted on. */
  const unmount = () => {
    renameSync(root, `${root}-away`);
    mkdirSync(root);
  };
  const mount = () => {
    rmSync(root, { recursive: true });
    renameSync(`${root}-away`, root);
  };

  describe('of a new archive', () => {
    it('is decided once, by any number of services that start together', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, () => identify()));
      expect(new Set(ids).size).toBe(1);
      expect(records.record).toEqual({ storeId: ids[0], settled: true });
      expect((await opened().marker())?.storeId).toBe(ids[0]);
      expect(await identify()).toBe(ids[0]);
    });

    it.each(['before the store was marked', 'after it'])('is decided also when the first service was killed %s', async (moment) => {
      records.record = { storeId: world.ids.next(), settled: false };
      const { storeId } = records.record;
      if (moment === 'after it') await opened().mark({ storeId, createdAt: world.clock.now() });
      expect(await identify()).toBe(storeId);
      expect(records.record).toEqual({ storeId, settled: true });
    });

    it('is not that of another archive, however empty', async () => {
      const first = await identify();
      const other = new Records();
      await expect(identify(other)).rejects.toThrow(new RegExp(`Expected object store .* found ${first}`));
      expect(other.record?.settled).toBe(false);
    });

    it('is not one that holds bytes of somebody else', async () => {
      await fill(contents);
      await expect(identify()).rejects.toMatchObject({ name: 'WrongStore', doubt: 'strange_bytes' });
      expect(await opened().marker()).toBeNull();
    });
  });

  describe('of an archive from before there were markers', () => {
    it('is the one that holds what the database refers to, blobs and staged bytes', async () => {
      await fill(contents.slice(1));
      const key = 'staging/received';
      await opened().stage(key, chunksOf(contents[0] ?? Buffer.alloc(0)));
      refersTo(contents.slice(1));
      records.expected = [{ sha256: identityOf(contents[0] ?? '').sha256, stagingKey: key }, ...records.expected];
      expect((await opened().marker())?.storeId).toBeUndefined();
      expect((await identify()) === (await opened().marker())?.storeId).toBe(true);
    });

    it.each([
      ['an empty folder', []],
      ['one that happens to hold one of the contents', contents.slice(0, 1)],
    ])('is not %s', async (_, held) => {
      await fill(held);
      refersTo(contents);
      await expect(identify()).rejects.toMatchObject({ doubt: 'bytes_lacking', message: expect.stringContaining('of the 6 looked for') });
      expect(await opened().marker()).toBeNull();
    });
  });

  describe('once it is known', () => {
    it('is not the folder that an unmounted volume leaves; nothing is written there, and all is well when it is back', async () => {
      const storeId = await identify();
      const probe = new OwnStore(opened(), storeId);
      await probe.check();
      unmount();
      for (const asked of [identify(), probe.check()])
        await expect(asked).rejects.toMatchObject({
          doubt: 'unmarked',
          message: expect.stringContaining(`Expected object store ${storeId} at ${root}`),
        });
      expect(readdirSync(root)).toEqual([]);
      mount();
      await probe.check();
      expect(await identify()).toBe(storeId);
    });

    it('is not a volume that was mounted in its place', async () => {
      const storeId = await identify();
      unmount();
      const strange = await identify(new Records());
      await expect(identify()).rejects.toThrow(`found ${strange}`);
      await expect(new OwnStore(opened(), storeId).check()).rejects.toMatchObject({ doubt: 'other_store' });
      expect(readdirSync(path.join(root, 'staging'))).toEqual([]);
    });

    it('is not guessed from a marker that cannot be read', async () => {
      await identify();
      unmount();
      await opened()
        .mark({ storeId: 'no uuid', createdAt: world.clock.now() })
        .catch(() => undefined);
      await expect(identify()).rejects.toThrow('no marker of an object store that this version understands');
    });
  });

  describe('as the operator says', () => {
    it('is the copy without marker, if it holds the bytes; the old one is no longer', async () => {
      const before = await identify();
      await fill(contents);
      refersTo(contents);
      unmount();
      await expect(adopt()).rejects.toMatchObject({ doubt: 'bytes_lacking' });
      await fill(contents);
      const adopted = await adopt();
      expect(adopted).toMatchObject({ before, location: root, sought: 6, found: 6 });
      expect(adopted.storeId).not.toBe(before);
      expect(await identify()).toBe(adopted.storeId);
      mount();
      await expect(identify()).rejects.toMatchObject({ doubt: 'other_store' });
    });

    it('is the one with another marker, as after the restore of an old backup of the database', async () => {
      const storeId = await identify();
      await fill(contents);
      refersTo(contents);
      records.record = null;
      await expect(identify()).rejects.toMatchObject({ doubt: 'other_store' });
      expect((await adopt()).storeId).toBe(storeId);
      expect(await identify()).toBe(storeId);
    });

    it('is an empty one only if the loss is accepted', async () => {
      await identify();
      refersTo(contents);
      unmount();
      await expect(adopt()).rejects.toThrow('found 0 of the 6 looked for');
      expect(existsSync(path.join(root, 'muniment-store.json'))).toBe(false);
      const { storeId } = await adopt(true);
      expect(await identify()).toBe(storeId);
    });
  });
});

// oxlint-disable-next-line typescript/require-await -- an async source of one chunk has nothing to wait for
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
