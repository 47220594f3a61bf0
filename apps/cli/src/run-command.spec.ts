import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Scratch } from './spec-support/scratch.js';

let scratch: Scratch;
beforeEach(async () => {
  scratch = await Scratch.make();
});
afterEach(() => scratch.remove());

describe('a command line that names no command', () => {
  it.each([[[]], [['log']], [['retention']], [['token']], [['attest']], [['storage']], [['pointer']], [['meta']], [['database']]])(
    'is refused: %j',
    async (group) => {
      const ran = await scratch.run([...group, '--json']);
      expect(ran).toMatchObject({ code: 2, err: '' });
      expect(ran.json()).toMatchObject({ error: { code: 'usage', exit_code: 2, detail: 'Name a command.' } });
      const people = await scratch.run(group);
      expect(people).toMatchObject({ code: 2, out: '' });
      expect(people.err).toMatch(/^Usage: muniment/);
    },
  );

  it('is told from one that names a wrong one', async () => {
    expect((await scratch.run(['log', 'nosuch', '--json'])).json()).toMatchObject({ error: { detail: "unknown command 'nosuch'" } });
  });
});

describe('help', () => {
  it.each([[['--help']], [['help']], [['push', '--help']], [['log', '--help']], [['help', 'push']]])(
    'is all that is printed, with --json too: %j',
    async (asked) => {
      const plain = await scratch.run(asked);
      expect(plain).toMatchObject({ code: 0, err: '' });
      expect(plain.out).toMatch(/^Usage: muniment/);
      expect(await scratch.run([...asked, '--json'])).toMatchObject({ code: 0, err: '', out: plain.out });
    },
  );
});

describe('--version', () => {
  it('is the version of the workspace', async () => {
    const workspace = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await scratch.run(['--version'])).toMatchObject({ code: 0, err: '', out: `${workspace.version}\n` });
    for (const args of [
      ['--version', '--json'],
      ['--json', '--version'],
    ]) {
      const ran = await scratch.run(args);
      expect(ran).toMatchObject({ code: 0, err: '' });
      expect(ran.json()).toEqual({ version: workspace.version });
    }
  });

  it('after push is still that of the package', async () => {
    const ran = await scratch.run(['push', 'nowhere', '--version', '1.2.3', '--json']);
    expect(ran.json()).toMatchObject({ error: { code: 'usage', detail: 'nowhere does not exist. Name a file or a run directory.' } });
  });
});

describe('a failure', () => {
  it('is one more line where the answer is a stream of lines', async () => {
    const ran = await scratch.run(['events', '--follow', '--json']);
    expect(ran.code).toBe(10);
    expect(ran.json()).toMatchObject({ error: { code: 'connection' } });
    expect(ran.out.match(/\n/g)).toHaveLength(1);
  });
});
