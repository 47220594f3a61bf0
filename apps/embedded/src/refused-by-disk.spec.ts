import { describe, expect, it } from '@jest/globals';
import { orRefused } from './refused-by-disk.js';
import { StartRefused } from './start-refused.js';

function thrown(error: Error): unknown {
  try {
    return orRefused('/data', () => {
      throw error;
    });
  } catch (seen) {
    return seen;
  }
}

describe('what the disk says of the data directory', () => {
  it.each([
    ['EACCES', /belongs to somebody else or may not be written/],
    ['EPERM', /belongs to somebody else or may not be written/],
    ['EROFS', /the file system is read-only/],
    ['ENOTDIR', /a file is where a folder should be/],
    ['EEXIST', /a file is where a folder should be/],
    ['ENOENT', /nothing can be made there/],
    ['ENOSPC', /no room left/],
  ])('%s refuses the start, and says what to do next', (code, why) => {
    const refused = thrown(Object.assign(new Error(`${code}: as the system says it`), { code }));
    expect(refused).toBeInstanceOf(StartRefused);
    expect(refused).toMatchObject({
      message: expect.stringMatching(/^cannot keep data in \/data: .*; set MUNIMENT_DATA_DIR to a folder you may write$/),
    });
    expect(String(refused)).toMatch(why);
    expect(String(refused)).toContain(`(${code}: as the system says it)`);
  });

  it('takes nothing else for a refusal', () => {
    const defect = Object.assign(new Error('a defect'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(thrown(defect)).toBe(defect);
    expect(orRefused('/data', () => 7)).toBe(7);
  });
});
