import * as actual from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';

const open = jest.fn(actual.open);
jest.unstable_mockModule('node:fs/promises', () => ({ ...actual, open }));
const { DirectorySync } = await import('./directory-sync.js');

describe('shared directory sync', () => {
  it('runs one round for the first caller and one more for all who came meanwhile', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muniment-sync-'));
    const syncs = new DirectorySync();
    open.mockClear();
    await Promise.all(Array.from({ length: 20 }, () => syncs.sync(directory)));
    expect(open).toHaveBeenCalledTimes(2);
    await syncs.sync(directory);
    expect(open).toHaveBeenCalledTimes(3);
    await rm(directory, { recursive: true });
  });

  it('tells every caller of a failed round, and starts afresh', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muniment-sync-'));
    const syncs = new DirectorySync();
    await rm(directory, { recursive: true });
    const outcomes = await Promise.allSettled([syncs.sync(directory), syncs.sync(directory), syncs.sync(directory)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await actual.mkdir(directory);
    await expect(syncs.sync(directory)).resolves.toBeUndefined();
    await rm(directory, { recursive: true });
  });
});
