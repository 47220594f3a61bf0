import { randomFillSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { Scratch } from '../spec-support/scratch.js';
import { identifyFile } from './identify-file.js';
import { readAhead } from './read-ahead.js';

const mib = 1024 * 1024;
let scratch: Scratch;
beforeAll(async () => {
  scratch = await Scratch.make();
});
afterAll(() => scratch.remove());

it.each([0, 1, 4 * mib - 1, 4 * mib, 4 * mib + 1, 9 * mib + 3])('gives all %i bytes, in order', async (size) => {
  const bytes = randomFillSync(Buffer.alloc(size));
  await writeFile(scratch.path('file'), bytes);
  expect(await identifyFile(scratch.path('file'))).toEqual(identify(bytes));
});

it('may be left early, and says when there is no file', async () => {
  await writeFile(scratch.path('file'), Buffer.alloc(9 * mib));
  for await (const piece of readAhead(scratch.path('file'))) {
    expect(piece.length).toBe(4 * mib);
    break;
  }
  await expect(identifyFile(scratch.path('none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
