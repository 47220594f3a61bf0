import { randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, open, readdir, rm, truncate, utimes, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FilesystemStore } from '../filesystem-store.js';
import { Layout } from '../layout.js';
import { closed, headerBytes, mostFiles, records } from './segment-format.js';
import { placeOfKey, type SegmentPlace } from './segment-names.js';
import { Segments } from './segments.js';

let root: string;
let layout: Layout;
let segments: Segments;
const later = new Date('2999-01-01T00:00:00Z');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'muniment-segments-'));
  layout = new Layout(root);
  segments = new Segments(layout);
});
afterEach(async () => {
  await segments.close();
  await rm(root, { recursive: true, force: true });
});

const files = (): Promise<string[]> => readdir(layout.staging);
const place = (key: string): SegmentPlace => placeOfKey(key) ?? { segment: key, file: 0, offset: 0, length: 0 };
async function staged(from = segments): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of from.listStaged(later)) keys.push(key);
  return keys;
}

describe('segments', () => {
  it('hold many files each, and another process reads every one of them', async () => {
    const all = Array.from({ length: mostFiles + 100 }, (_, n) => randomBytes(n % 700));
    const keys = await Promise.all(all.map((bytes) => segments.stageSmall(bytes)));
    expect(new Set(keys).size).toBe(all.length);
    expect((await files()).length).toBe(2);
    const other = new Segments(new Layout(root));
    for (const [n, key] of keys.entries()) expect((await other.read(place(key)))?.equals(all[n] ?? Buffer.alloc(1))).toBe(true);
  });

  it('take a file of the largest size and refuse a larger one', async () => {
    const largest = randomBytes(segments.maxBytes);
    expect((await segments.read(place(await segments.stageSmall(largest))))?.equals(largest)).toBe(true);
    await expect(segments.stageSmall(randomBytes(segments.maxBytes + 1))).rejects.toThrow('no small file');
  });

  it('go away with their last file once they are sealed, whoever discards it', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((text) => segments.stageSmall(Buffer.from(text))));
    const other = new Segments(new Layout(root));
    await other.discard(place(keys[0] ?? ''));
    await segments.close();
    expect(await other.read(place(keys[0] ?? ''))).toBeNull();
    expect((await other.read(place(keys[1] ?? '')))?.toString()).toBe('b');
    for (const key of keys.slice(1)) await other.discard(place(key));
    expect(await files()).toEqual([]);
    await other.discard(place(keys[0] ?? ''));
  });

  it('go away when they are sealed after their last file was discarded', async () => {
    const key = await segments.stageSmall(Buffer.from('a'));
    await segments.discard(place(key));
    expect((await files()).length).toBe(1);
    await segments.close();
    expect(await files()).toEqual([]);
  });

  it('are sealed by themselves after a moment without files', async () => {
    await segments.discard(place(await segments.stageSmall(Buffer.from('a'))));
    for (let waited = 0; (await files()).length > 0 && waited < 100; waited++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await files()).toEqual([]);
  });

  it('that a killed writer left open are sealed when they are listed, and only when they are old', async () => {
    const keys = await Promise.all(['a', 'b'].map((text) => segments.stageSmall(Buffer.from(text))));
    const reaper = new Segments(new Layout(root));
    const young: string[] = [];
    for await (const key of reaper.listStaged(new Date('2001-01-01T00:00:00Z'))) young.push(key);
    expect(young).toEqual([]);
    expect(await staged(reaper)).toEqual(keys);
    for (const key of keys) await reaper.discard(place(key));
    expect(await files()).toEqual([]);
  });

  it('that were removed under a writer that stood still are noticed, and its files go into another', async () => {
    const reaper = new Segments(new Layout(root));
    await reaper.discard(place(await segments.stageSmall(Buffer.from('a'))));
    expect(await staged(reaper)).toEqual([]);
    expect(await files()).toEqual([]);
    const key = await segments.stageSmall(Buffer.from('b'));
    expect((await reaper.read(place(key)))?.toString()).toBe('b');
  });

  it('that were removed before they had begun, while their writer stood still, take no file', async () => {
    const probe = await open(join(root, 'probe'), 'w');
    const handles = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const whole = new FilesystemStore({ root });
    const writing = jest.spyOn(handles, 'write');
    writing.mockImplementationOnce(async function (this: FileHandle, ...values) {
      writing.mockRestore();
      for await (const key of whole.listStaged(later)) await whole.discard(key);
      return this.write(...values);
    });
    const acknowledged = await segments.stageSmall(Buffer.from('a')).catch(() => null);
    if (acknowledged !== null) expect((await segments.read(place(acknowledged)))?.toString()).toBe('a');
    expect((await segments.read(place(await segments.stageSmall(Buffer.from('b')))))?.toString()).toBe('b');
  });

  it('that were never begun, because their writer was killed, are removed when they are listed', async () => {
    await layout.ready();
    const path = join(layout.staging, '00000000-0000-4000-8000-000000000000.segment');
    await writeFile(path, 'half a header');
    await utimes(path, new Date(0), new Date(0));
    expect(await staged()).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it('answer no file whose segment could not be written, and the next ones lie in another', async () => {
    await segments.stageSmall(Buffer.from('a'));
    await segments.close();
    await rm(layout.staging, { recursive: true });
    await expect(segments.stageSmall(Buffer.from('b'))).rejects.toMatchObject({ code: 'ENOENT' });
    await layout.directories.sync(root);
    const whole = new Segments(new Layout(root));
    expect((await whole.read(place(await whole.stageSmall(Buffer.from('c')))))?.toString()).toBe('c');
    await whole.close();
  });

  it('say so when they are cut short or damaged, and never give other bytes', async () => {
    const [key = '', other = ''] = await Promise.all(['some bytes', 'other bytes'].map((text) => segments.stageSmall(Buffer.from(text))));
    await segments.close();
    const [name] = await files();
    const file = await open(join(layout.staging, name ?? ''), 'r+');
    const { offset } = place(other);
    await expect(segments.read({ ...place(other), offset: offset + 1, length: 10 })).rejects.toThrow('something else');
    await expect(segments.read({ ...place(other), length: segments.maxBytes + 1 })).rejects.toThrow('no such file');
    await expect(segments.read({ ...place(other), offset: 0 })).rejects.toThrow('no such file');
    await file.truncate(offset + 4);
    await expect(segments.read(place(other))).rejects.toThrow('ends before');
    await file.write(Buffer.from('nothing'), 0, 7, place(key).offset);
    await expect(segments.read(place(key))).rejects.toThrow('something else');
    await file.write(Buffer.from('nothing'), 0, 7, 0);
    expect(await staged()).toEqual([]);
    expect(await files()).toEqual([name]);
    await file.close();
  });

  it('that a killed writer left in the middle of a file hold what came before it', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((text) => segments.stageSmall(Buffer.from(text))));
    const [name] = await files();
    const path = join(layout.staging, name ?? '');
    const { offset } = place(keys[2] ?? '');
    // The last file lacks its byte; of another the prefix alone stands; of a third there is room and nothing in it.
    for (const torn of [records([Buffer.from('c')]).subarray(0, -1), records([Buffer.from('c')]).subarray(0, 5), Buffer.alloc(100)]) {
      await truncate(path, offset);
      await appendFile(path, torn);
      expect(await staged(new Segments(layout))).toEqual(keys.slice(0, 2));
      const file = await open(path, 'r+');
      await file.write(Buffer.alloc(8), 0, 8, 56);
      await file.close();
    }
  });

  it('that a killed reaper closed and did not count are counted by the next one', async () => {
    const keys = await Promise.all(['a', 'b'].map((text) => segments.stageSmall(Buffer.from(text))));
    const [name] = await files();
    const file = await open(join(layout.staging, name ?? ''), 'r+');
    await file.write(closed().bytes, 0, 1, closed().at);
    await file.close();
    const other = new Segments(layout);
    await other.discard(place(keys[0] ?? ''));
    await other.discard(place(keys[1] ?? ''));
    expect(await files()).toEqual([name]);
    // Its writer, which only stood still, writes elsewhere.
    const key = await segments.stageSmall(Buffer.from('c'));
    expect(place(key).segment).not.toBe(place(keys[0] ?? '').segment);
    expect(await staged(other)).toHaveLength(2);
    for (const one of await staged(other)) await other.discard(place(one));
    expect(await files()).toEqual([]);
  });

  it('stay as long as a file of theirs may be needed, though a damaged one stands before it', async () => {
    const keys = await Promise.all(['a', 'b', 'c'].map((text) => segments.stageSmall(Buffer.from(text))));
    await segments.close();
    const [name] = await files();
    const file = await open(join(layout.staging, name ?? ''), 'r+');
    await file.write(Buffer.from('nothing'), 0, 7, place(keys[1] ?? '').offset);
    await file.close();
    await segments.discard(place(keys[0] ?? ''));
    expect(await staged()).toEqual([]);
    expect((await segments.read(place(keys[2] ?? '')))?.toString()).toBe('c');
  });

  it('have keys that lead nowhere else', () => {
    const id = '00000000-0000-4000-8000-000000000000';
    expect(placeOfKey(`staging/${id}.511.1024.65536`)).toEqual({ segment: id, file: 511, offset: 1024, length: 65_536 });
    for (const key of [
      `staging/${id}`,
      `staging/${id}.1`,
      `staging/${id}.1.2.`,
      `staging/${id}.01.2.3`,
      `staging/${id}.-1.2.3`,
      `staging/${id}.1.2.3.4`,
      `staging/../${id}.1.2.3`,
      `staging/${id}.1.2.1234567890`,
    ])
      expect(placeOfKey(key)).toBeNull();
  });

  it('are not written to by a key that names no file of theirs', async () => {
    const key = await segments.stageSmall(Buffer.from('a'));
    await expect(segments.discard({ ...place(key), file: mostFiles })).rejects.toThrow('none of them');
    expect((await segments.read(place(key)))?.toString()).toBe('a');
    expect(place(key).offset).toBe(headerBytes);
  });
});
