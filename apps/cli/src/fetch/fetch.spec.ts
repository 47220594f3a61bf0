import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, sha256 } from '../spec-support/fake-gateway.js';
import { Scratch, type Ran } from '../spec-support/scratch.js';
import { tinyWheelhouse } from '../spec-support/tiny-wheelhouse.js';
import { fitsPattern } from './file-pattern.js';

let gateway: FakeGateway;
let scratch: Scratch;
const artifact = tinyWheelhouse();

beforeEach(async () => {
  gateway = await new FakeGateway().start();
  scratch = await Scratch.make();
  await mkdir(scratch.path('build'));
  await writeFile(scratch.path('build', 'wheelhouse-3.11.tgz'), artifact);
});
afterEach(async () => {
  await gateway.close();
  await scratch.remove();
});

const run = (...args: readonly string[]): Promise<Ran> =>
  scratch.run([...args, '--repository', 'acme/widgets', '--json'], { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' });

describe('fetch', () => {
  it('brings the newest finalized wheelhouse-3.11 into ci_artifacts/run-<id>', async () => {
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '41');
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42');
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '43', '--no-finalize');
    const ran = await run('fetch');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({
      run_id: '42',
      files: [{ path: 'wheelhouse-3.11.tgz', sha256: sha256(artifact), downloaded: true }, {}],
    });
    const directory = scratch.path('ci_artifacts', 'run-42');
    expect((await readdir(directory)).sort()).toEqual(['wheelhouse-3.11.tgz', 'wheelhouse-3.11.tgz.meta']);
    expect((await readFile(`${directory}/wheelhouse-3.11.tgz`)).equals(artifact)).toBe(true);
    expect((await scratch.run(['verify', 'ci_artifacts/run-42'])).code).toBe(0);
    expect((await run('fetch')).json()).toMatchObject({ files: [{ downloaded: false }, { downloaded: false }] });
  });

  it('keeps nothing of bytes that are not the named ones', async () => {
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42', '--no-meta');
    gateway.tampered = Buffer.from('rotten');
    expect((await run('fetch')).code).toBe(11);
    expect(await readdir(scratch.path('ci_artifacts', 'run-42'))).toEqual([]);
  });

  it('answers 3 when nothing fits, 4 when what fits does not get finalized, 6 when no file fits', async () => {
    expect((await run('fetch', '--name', 'other')).code).toBe(3);
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42', '--no-finalize');
    expect((await run('fetch', '--timeout-min', '0')).code).toBe(4);
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42');
    expect((await run('fetch', '--file', '*.whl')).code).toBe(6);
    const one = await run('fetch', '--file', '*.tgz');
    expect((one.json() as { files: unknown[] }).files).toHaveLength(2);
  });

  it('passes over what is in the trash, and says how to bring it back when nothing else fits', async () => {
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '41');
    await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42');
    const [older, newer] = gateway.packages;
    if (older === undefined || newer === undefined) throw new Error('not pushed');
    newer.trashed = true;
    expect((await run('fetch')).json()).toMatchObject({ run_id: '41' });
    older.trashed = true;
    const ran = await run('fetch');
    expect([ran.code, ran.json()]).toEqual([
      3,
      { error: expect.objectContaining({ detail: expect.stringContaining(`muniment retention restore ${newer.id}`) }) },
    ]);
  });

  describe('--as-archived', () => {
    const commit = 'c'.repeat(40);
    const github = { GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '42', GITHUB_SHA: commit };

    it('names a wheelhouse after its run, with a record that says run, commit, time and digest and that verifies', async () => {
      // CI's own record: no run, no commit, a key nobody knows.
      const record = `name=wheelhouse-3.11.tgz\nsha256=${sha256(artifact)}\nsize=${artifact.length}\ncreated_at=2026-11-20T01:02:03Z\nx_note=kept\n`;
      await writeFile(scratch.path('build', 'wheelhouse-3.11.tgz.meta'), record);
      await scratch.run(['push', 'build/wheelhouse-3.11.tgz', '--repository', 'acme/widgets'], {
        MUNIMENT_URL: gateway.url,
        MUNIMENT_TOKEN: 'good',
        ...github,
      });
      const ran = await run('fetch', '--as-archived');
      expect([ran.code, ran.err]).toEqual([0, '']);
      const directory = scratch.path('ci_artifacts', 'run-42');
      expect((await readdir(directory)).sort()).toEqual(['wheelhouse-3.11-run-42.tgz', 'wheelhouse-3.11-run-42.tgz.meta']);
      expect((await readFile(`${directory}/wheelhouse-3.11-run-42.tgz`)).equals(artifact)).toBe(true);
      expect((await readFile(`${directory}/wheelhouse-3.11-run-42.tgz.meta`, 'utf8')).split('\n')).toEqual([
        'name=wheelhouse-3.11-run-42.tgz',
        `sha256=${sha256(artifact)}`,
        `size=${artifact.length}`,
        'created_at=2026-11-20T01:02:03Z',
        'run_id=42',
        `git_commit=${commit}`,
        'x_note=kept',
        '',
      ]);
      expect((await scratch.run(['verify', 'ci_artifacts/run-42/wheelhouse-3.11-run-42.tgz'])).code).toBe(0);
      expect((await run('fetch', '--as-archived')).json()).toMatchObject({ files: [{ downloaded: false }, { downloaded: false }] });
      // It can be archived again under that name, and is then left as it is.
      expect((await run('push', 'ci_artifacts/run-42/wheelhouse-3.11-run-42.tgz')).json()).toMatchObject({
        name: 'wheelhouse-3.11',
        run_id: '42',
      });
    });

    it.each([
      ['a package without a run', ['wheelhouse-3.11.tgz'], [], 2],
      ['a package without a wheelhouse that could be named so', ['report.json'], ['--run-id', '42'], 6],
    ])('refuses %s and writes nothing', async (_, [file], flags, code) => {
      await writeFile(scratch.path('build', 'report.json'), '{}');
      await run('push', `build/${file ?? ''}`, '--name', 'thing', ...flags);
      expect((await run('fetch', '--name', 'thing', '--as-archived')).code).toBe(code);
      await expect(readdir(scratch.path('ci_artifacts'))).rejects.toThrow('ENOENT');
    });

    it('refuses a record that names another run than its package, and writes nothing', async () => {
      const record = `name=wheelhouse-3.11.tgz\nsha256=${sha256(artifact)}\nrun_id=41\n`;
      await writeFile(scratch.path('build', 'wheelhouse-3.11.tgz.meta'), record);
      await run('push', 'build/wheelhouse-3.11.tgz', '--run-id', '42');
      const ran = await run('fetch', '--as-archived');
      expect([ran.code, ran.json()]).toEqual([12, { error: expect.objectContaining({ detail: expect.stringContaining('says run 41') }) }]);
      await expect(readdir(scratch.path('ci_artifacts'))).rejects.toThrow('ENOENT');
    });
  });

  it.each([
    ['a/b/w.tgz', '*.tgz', true],
    ['a/b/w.tgz', 'a/*.tgz', false],
    ['a/b/w.tgz', 'a/**.tgz', true],
    ['w+1.tgz', 'w+?.tgz', true],
    ['wx1.tgz', 'w+?.tgz', false],
  ])('%s fits %s: %s', (path, pattern, expected) => {
    expect(fitsPattern(path, pattern)).toBe(expected);
  });
});
