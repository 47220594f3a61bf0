import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { objectStoreSuite } from '@muniment/testing';
import { FilesystemStore } from './filesystem-store.js';

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'muniment-object-store-'));

objectStoreSuite(
  'filesystem',
  async () => {
    const root = await folder();
    return {
      store: new FilesystemStore({ root }),
      reopen: () => new FilesystemStore({ root }),
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  },
  { smallFiles: true },
);

it('a small file never becomes a blob under the name of other bytes', async () => {
  const root = await folder();
  const store = new FilesystemStore({ root });
  const [bytes, other] = [randomBytes(100), identify(randomBytes(100)).sha256];
  const key = await store.small.stageSmall(bytes);
  await expect(store.promote(key, other, bytes.length)).rejects.toThrow('digest');
  expect(await store.openBlob(other)).toBeNull();
  await store.close();
  await rm(root, { recursive: true, force: true });
});
