import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { oneBuild } from './one-build.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muniment-build-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('builds once, however many ask at a time; whoever waited finds it built', async () => {
  const program = join(folder, 'program');
  let builds = 0;
  const ask = async (): Promise<boolean> => {
    await oneBuild(
      join(folder, 'lock'),
      () => existsSync(program),
      async () => {
        builds += 1;
        await pause(50);
        writeFileSync(program, '');
      },
    );
    return existsSync(program);
  };
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([true, true, true]);
  expect(builds).toBe(1);
});

it('is not held up by a builder that died, and passes on why a build failed', async () => {
  const lock = join(folder, 'lock');
  // No process has this number: Linux ends at 4,194,304.
  writeFileSync(lock, '99999999');
  const build = (): Promise<void> => Promise.reject(new Error('no network'));
  await expect(oneBuild(lock, () => false, build)).rejects.toThrow('no network');
  expect(existsSync(lock)).toBe(false);
});
