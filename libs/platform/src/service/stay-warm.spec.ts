import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

describe('stayWarm', () => {
  it('is understood by V8, which says so when it does not know a flag', async () => {
    const complaintOf = async (program: string): Promise<string> =>
      (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])).stderr;
    const module = new URL('../../dist/service/stay-warm.js', import.meta.url).href;
    expect(await complaintOf(`import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--no-such-flag');`)).toContain(
      'unrecognized',
    );
    expect(await complaintOf(`import { stayWarm } from '${module}'; stayWarm();`)).toBe('');
  });
});
