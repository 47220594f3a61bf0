import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { FilesystemStore } from './filesystem-store.js';

let root: string;
let store: FilesystemStore;
/** The store as another process has it. */
let other: FilesystemStore;
const later = new Date('2999-01-01T00:00:00Z');
const key = 'staging/a';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'muniment-late-writer-'));
  [store, other] = [new FilesystemStore({ root }), new FilesystemStore({ root })];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const files = (): Promise<string[]> => readdir(join(root, 'staging'));
async function* one(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from(text);
}
async function listed(): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const found of other.listStaged(later)) keys.push(found);
  return keys;
}
async function text(opened: ReturnType<FilesystemStore['openStaged']>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await opened)?.stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Begins to append, and stands still until it is told to go on. */
async function standingStill(bytes: string): Promise<{ readonly goOn: () => Promise<unknown> }> {
  const [started, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(bytes);
    started.resolve();
    await end.promise;
  }
  const appending = store.appendStaged(key, null, 0, source());
  await started.promise;
  return {
    goOn: () => {
      end.resolve();
      return appending.catch((error: unknown) => error);
    },
  };
}

describe('a writer that stood still while another one completed the upload', () => {
  it('changes neither the staged bytes nor the blob that became of them', async () => {
    await store.begin(key);
    const late = await standingStill('LATE BYTES');
    await other.appendStaged(key, null, 0, one('the bytes'));
    expect(await other.complete(key)).toEqual({ size: 9 });
    const { sha256, size } = identify(Buffer.from('the bytes'));
    await other.promote(key, sha256, size);
    await late.goOn();
    expect([await text(other.openStaged(key)), await text(other.openBlob(sha256))]).toEqual(['the bytes', 'the bytes']);
    await other.discard(key);
    expect(await files()).toEqual([]);
  });

  it('changes nothing either when whoever completed it was killed in the middle, and another went on', async () => {
    await store.begin(key);
    const late = await standingStill('LATE BYTES');
    await other.appendStaged(key, null, 0, one('the bytes'));
    await rename(join(root, 'staging/a.part'), join(root, 'staging/a'));
    await other.complete(key);
    await late.goOn();
    expect(await text(other.openStaged(key))).toBe('the bytes');
  });

  it('is not taken for a leftover while the upload goes on, and is one when it was killed and the upload is over', async () => {
    await store.begin(key);
    const late = await standingStill('LATE BYTES');
    expect(await listed()).toEqual([key]);
    await other.appendStaged(key, null, 0, one('the bytes'));
    await other.complete(key);
    await other.discard(key);
    for (const leftover of await listed()) await other.discard(leftover);
    expect(await files()).toEqual([]);
    await late.goOn();
    expect(await files()).toEqual([]);
  });
});
