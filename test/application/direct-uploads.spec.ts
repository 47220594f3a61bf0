import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DirectStaging } from '@muniment/application';
import type { MemoryStore } from '@muniment/object-store';
import { identityOf } from './archive.js';
import { content, UploadTrial } from './upload-trial.js';

let trial: UploadTrial;
beforeEach(async () => {
  trial = await UploadTrial.begin();
});

describe('an upload that sends the archive no bytes', () => {
  describe('straight to the store', () => {
    /** Each upload that the store begins has one address, which names it. */
    const directStore = () => {
      let begun = 0;
      const beginDirect = jest.fn<DirectStaging['beginDirect']>((_key, size, _seconds, handle = `upload ${++begun}`) =>
        Promise.resolve({ handle, partSize: size, urls: [handle] }),
      );
      const direct: DirectStaging = { beginDirect, completeDirect: () => Promise.reject(new Error('not asked for here')) };
      return { beginDirect, store: Object.assign(Object.create(trial.archive.store) as MemoryStore, { direct }) };
    };
    const ask = (store: Parameters<UploadTrial['opener']>[0]) => trial.opener(store).direct({ ...trial.request(), size: content.length });
    const handle = async () => (await trial.archive.world.uploads.find(trial.sessionId))?.storeHandle;

    it('is the same upload when it is asked for again: what was sent to its addresses counts', async () => {
      const { store } = directStore();
      const first = await ask(store);
      expect(await ask(store)).toEqual(first);
      expect([first.urls, await handle()]).toEqual([['upload 1'], 'upload 1']);
    });

    it('keeps the upload that its client was told of when a request that stood still comes to it later', async () => {
      const { store, beginDirect } = directStore();
      const goOn = Promise.withResolvers<void>();
      const begin = beginDirect.getMockImplementation();
      beginDirect.mockImplementationOnce(async (...values) => {
        await goOn.promise;
        return begin?.(...values) ?? Promise.reject(new Error('no store'));
      });
      const slow = ask(store);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const told = ask(store);
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 50))]);
      goOn.resolve();
      await slow;
      expect((await told).urls).toEqual([await handle()]);
    });
  });

  describe('of content that is known', () => {
    const known = (change: Parameters<UploadTrial['request']>[0] = {}) =>
      trial.opener().known(trial.request({ declaredSha256: identityOf(content).sha256, ...change }), null);

    it('needs no bytes: another package of the repository has them', async () => {
      const earlier = await trial.archive.open();
      await trial.archive.put(earlier, { content });
      expect(await known()).toBeNull(); // received is not verified yet
      await trial.archive.settle();
      expect(await known()).toMatchObject({ state: 'received', deduplicated: true, created: true });
      await trial.archive.settle();
      expect((await trial.archive.world.states.files(trial.packageId)).map((file) => [file.phase, file.blake3])).toEqual([
        ['ingested', identityOf(content).blake3],
      ]);
      expect(await trial.archive.blobs()).toHaveLength(1);
    });

    it('needs its bytes when another repository has them: a digest proves nothing', async () => {
      await trial.archive.put(await trial.archive.open('acme/other'), { content });
      await trial.archive.settle();
      expect(await known()).toBeNull();
    });

    it('needs its bytes when the store lost the blob, and they heal it', async () => {
      const earlier = await trial.archive.open();
      await trial.archive.put(earlier, { content });
      await trial.archive.settle();
      await trial.archive.store.removeBlobs([identityOf(content).sha256]);
      expect(await known()).toBeNull();
      await trial.archive.put(trial.packageId, { content });
      await trial.archive.settle();
      expect(await trial.archive.blobs()).toEqual([identityOf(content).sha256]);
    });

    it('needs its bytes when the size is another, or it is a .meta record', async () => {
      await trial.archive.put(await trial.archive.open(), { content });
      await trial.archive.settle();
      expect(await known({ size: 3 })).toBeNull();
      expect(await known({ path: 'report.json.meta' })).toBeNull();
      expect(await known({ size: null })).toBeNull();
    });
  });
});
