import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmallFiles } from './small-files.js';

let directory: string;
const opened: SmallFiles[] = [];

beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'muniment-small-'))));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((files) => files.close()));
  await rm(directory, { recursive: true, force: true });
});

async function started(patienceMs?: number): Promise<SmallFiles> {
  const files = new SmallFiles(directory, patienceMs);
  opened.push(files);
  while (!files.ready()) await new Promise((resolve) => setTimeout(resolve, 1));
  return files;
}

const named = (name: string, text = name) => ({
  partial: join(directory, `${name}.part`),
  path: join(directory, name),
  bytes: Buffer.from(text),
});

describe('small files', () => {
  it('stand under their final name, whole and with the mode of staged bytes, when they are answered', async () => {
    const files = await started();
    const names = Array.from({ length: 100 }, (_, n) => `file-${n}`);
    await Promise.all(
      names.map(async (name) => {
        await files.store(named(name));
        expect(await readFile(join(directory, name), 'utf8')).toBe(name);
      }),
    );
    expect((await readdir(directory)).sort()).toEqual(names.sort());
    expect((await stat(join(directory, 'file-0'))).mode & 0o777).toBe(0o640);
    await files.store(named('empty', ''));
    expect((await stat(join(directory, 'empty'))).size).toBe(0);
  });

  it('that cannot be stored are refused alone, and leave nothing', async () => {
    const files = await started();
    await writeFile(join(directory, 'taken'), 'old');
    await writeFile(join(directory, 'writing.part'), 'of another');
    const elsewhere = { ...named('x'), partial: join(directory, 'absent', 'x.part') };
    const outcomes = await Promise.allSettled(
      [named('a'), named('taken'), named('writing'), elsewhere, named('b')].map((f) => files.store(f)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { message: expect.stringContaining('taken') as unknown } });
    expect(outcomes.slice(2, 4)).toMatchObject([{ reason: { code: 'EEXIST' } }, { reason: { code: 'ENOENT' } }]);
    expect((await readdir(directory)).sort()).toEqual(['a', 'b', 'taken', 'writing.part']);
    expect(await readFile(join(directory, 'taken'), 'utf8')).toBe('old');
    expect(await readFile(join(directory, 'writing.part'), 'utf8')).toBe('of another');
  });

  it('are not answered as stored when their directory could not be synced', async () => {
    const files = new SmallFiles(join(directory, 'absent'));
    opened.push(files);
    while (!files.ready()) await new Promise((resolve) => setTimeout(resolve, 1));
    await mkdir(join(directory, 'other'));
    await expect(files.store(named('other/a'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('go another way while the disk is slow', async () => {
    const files = await started(0);
    const stored = files.store(named('a'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(files.ready()).toBe(false);
    await stored;
    expect(files.ready()).toBe(true);
  });

  it('fail when their thread is gone, and the next ones have another', async () => {
    const files = await started();
    const lost = files.store(named('a'));
    const told = expect(lost).rejects.toThrow('gone');
    await files.close();
    await told;
    await files.store(named('c'));
    while (!files.ready()) await new Promise((resolve) => setTimeout(resolve, 1));
    await files.store(named('b'));
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['b', 'c']));
  });
});
