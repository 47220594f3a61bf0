import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectStoreSuite } from '@muniment/testing';
import { FilesystemStore } from './filesystem-store.js';

objectStoreSuite('filesystem', async () => {
  const root = await mkdtemp(join(tmpdir(), 'muniment-object-store-'));
  return {
    store: new FilesystemStore({ root }),
    reopen: () => new FilesystemStore({ root }),
    dispose: () => rm(root, { recursive: true, force: true }),
  };
});
