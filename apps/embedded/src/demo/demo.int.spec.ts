import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.js';

const demo = fileURLToPath(new URL('../../dist/demo/main.js', import.meta.url));

describe('the demo', () => {
  it('says what to do where it may keep nothing', async () => {
    const { code, stdout, stderr } = await runProgram(process.execPath, [demo], { env: { ...process.env, TMPDIR: `${demo}/below` } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^demo failed: cannot keep data in .*\/below \(ENOTDIR: .*\); set TMPDIR to a folder you may write\n$/);
  });
});
