import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { root } from './pages.js';

it('the generated parts of the documentation say what the code says ("npm run docs" writes them)', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/pages.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
}, 120_000);
