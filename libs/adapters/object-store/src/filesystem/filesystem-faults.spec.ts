import { createHash, randomBytes } from 'node:crypto';
import * as actual from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parseSha256, type Sha256 } from '@muniment/domain';
import { blobAddress } from '../bytes/names.js';

const link = jest.fn(actual.link);
jest.unstable_mockModule('node:fs/promises', () => ({ ...actual, link }));
const { FilesystemStore } = await import('./filesystem-store.js');

const roots: string[] = [];
let root: string;
let store: InstanceType<typeof FilesystemStore>;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'muniment-filesystem-'));
  roots.push(root);
  store = new FilesystemStore({ root: join(root, 'deep', 'store') });
  link.mockReset().mockImplementation(actual.link);
});
afterAll(() => Promise.all(roots.map((path) => rm(path, { recursive: true, force: true }))));

describe('filesystem store in trouble', () => {
  it('lays blobs out by digest, as hard links of the staged file', async () => {
    const bytes = await staged('staging/a', 5000);
    await store.promote('staging/a', digest(bytes), bytes.length);
    const path = join(root, 'deep/store', blobAddress(digest(bytes)));
    expect(await store.localBlob(digest(bytes))).toBe(path);
    expect((await stat(path)).nlink).toBe(2);
  });

  it('replaces no staged bytes', async () => {
    const bytes = await staged('staging/a', 100);
    await expect(store.stage('staging/a', one(randomBytes(100)))).rejects.toThrow('taken');
    expect(await readFile(join(root, 'deep/store/staging/a'))).toEqual(bytes);
    expect(await readdir(join(root, 'deep/store/staging'))).toEqual(['a']);
  });

  it('shows nothing of a killed writer but lists it for the reaper', async () => {
    await staged('staging/a', 1);
    await writeFile(join(root, 'deep/store/staging/killed.part'), 'half');
    expect(await store.openStaged('staging/killed')).toBeNull();
    const listed: string[] = [];
    for await (const key of store.listStaged(new Date(Date.now() + 60_000))) listed.push(key);
    expect(listed.sort()).toEqual(['staging/a', 'staging/killed']);
    await store.discard('staging/killed');
    expect(await readdir(join(root, 'deep/store/staging'))).toEqual(['a']);
  });

  it('finishes what was killed between renaming and syncing, or before', async () => {
    await store.begin('staging/a');
    await store.appendStaged('staging/a', null, 0, one(Buffer.from('abc')));
    const reborn = new FilesystemStore({ root: join(root, 'deep/store') });
    expect(await reborn.complete('staging/a')).toEqual({ size: 3 });
    expect(await store.complete('staging/a')).toEqual({ size: 3 });
  });

  it.each(['EPERM', 'EMLINK', 'ENOTSUP'])('promotes by copy where hard links fail with %s', async (code) => {
    link.mockRejectedValue(Object.assign(new Error(code), { code }));
    const bytes = await staged('staging/a', 300_000);
    for (let round = 0; round < 2; round += 1) await store.promote('staging/a', digest(bytes), bytes.length);
    expect(bytes.equals(await readFile((await store.localBlob(digest(bytes))) ?? ''))).toBe(true);
    expect(await store.localStaged('staging/a')).not.toBeNull();
    expect(await readdir(join(root, 'deep/store/staging'))).toEqual(['a']);
  });

  it('takes the place of a damaged blob also where there are no hard links, which only a free name shows', async () => {
    const bytes = await staged('staging/a', 10_000);
    const path = join(root, 'deep/store', blobAddress(digest(bytes)));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.alloc(10_000, 'rotten'));
    const failing = (code: string) => Object.assign(new Error(code), { code });
    link.mockRejectedValueOnce(failing('EEXIST')).mockRejectedValue(failing('EPERM'));
    await store.promote('staging/a', digest(bytes), bytes.length);
    expect(bytes.equals(await readFile(path))).toBe(true);
    expect(await readdir(join(root, 'deep/store/staging'))).toEqual(['a']);
  });

  it('passes on any other failure to link', async () => {
    link.mockRejectedValue(Object.assign(new Error('disk is dying'), { code: 'EIO' }));
    const bytes = await staged('staging/a', 10);
    await expect(store.promote('staging/a', digest(bytes), 10)).rejects.toThrow('disk is dying');
    expect(await store.openBlob(digest(bytes))).toBeNull();
  });

  it.each([
    ['length', Buffer.from('torn')],
    ['content', Buffer.alloc(10_000, 'rotten')],
  ])('heals a blob of the wrong %s', async (_, damaged) => {
    const bytes = await staged('staging/a', 10_000);
    const path = join(root, 'deep/store', blobAddress(digest(bytes)));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, damaged);
    await store.promote('staging/a', digest(bytes), bytes.length);
    expect(bytes.equals(await readFile(path))).toBe(true);
  });

  it('makes a blob young again when it is promoted again', async () => {
    const bytes = await staged('staging/a', 10);
    await store.promote('staging/a', digest(bytes), 10);
    const before = (await stat((await store.localBlob(digest(bytes))) ?? '')).ctimeMs;
    await actual.utimes((await store.localBlob(digest(bytes))) ?? '', 1, 1);
    await store.promote('staging/a', digest(bytes), 10);
    const after = await stat((await store.localBlob(digest(bytes))) ?? '');
    expect(after.mtimeMs).toBeGreaterThan(1000);
    expect(after.ctimeMs).toBeGreaterThanOrEqual(before);
  });

  it('skips strangers in its folders', async () => {
    await staged('staging/a', 1);
    await writeFile(join(root, 'deep/store/staging/.hidden'), '');
    await writeFile(join(root, 'deep/store/sha256/README'), '');
    await mkdir(join(root, 'deep/store/sha256/zz/zz'), { recursive: true });
    await writeFile(join(root, 'deep/store/sha256/zz/zz/not-a-digest'), '');
    for await (const key of store.listStaged(new Date(Date.now() + 60_000))) expect(key).toBe('staging/a');
    for await (const { sha256 } of store.listBlobs(new Date(Date.now() + 60_000))) throw new Error(`stranger ${sha256}`);
  });

  it('says so when its root cannot be made, and recovers when it can', async () => {
    await writeFile(join(root, 'deep'), 'a file in the way');
    await expect(store.check()).rejects.toThrow();
    await rm(join(root, 'deep'));
    await expect(store.check()).resolves.toBeUndefined();
  });
});

async function staged(key: string, size: number): Promise<Buffer> {
  const bytes = randomBytes(size);
  await store.stage(key, one(bytes));
  return bytes;
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function digest(bytes: Buffer): Sha256 {
  return parseSha256(createHash('sha256').update(bytes).digest('hex'));
}
