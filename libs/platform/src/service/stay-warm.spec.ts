import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

describe('stayWarm', () => {
  it('is understood by V8, which says so when it does not know a flag', async () => {
    const tell = async (flag: string): Promise<string> => {
      const set = `import { setFlagsFromString } from 'node:v8'; setFlagsFromString(${JSON.stringify(flag)});`;
      return (await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', set])).stderr;
    };
    const stayWarm = `import { stayWarm } from ${JSON.stringify(new URL('../../dist/service/stay-warm.js', import.meta.url).href)}; stayWarm();`;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', stayWarm]);
    expect(await tell('--no-such-flag')).toContain('unrecognized flag');
    expect(stderr).toBe('');
  });
});
