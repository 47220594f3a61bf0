import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, sha256 } from '../spec-support/fake-gateway.js';
import { Scratch, type Ran } from '../spec-support/scratch.js';
import { tinyWheelhouse } from '../spec-support/tiny-wheelhouse.js';
import { checkPointers } from './check-pointers.js';

let gateway: FakeGateway;
let scratch: Scratch;
const artifact = tinyWheelhouse();
const stamp = 'docs/ci-archive/20261121-42';
const pointerPath = `${stamp}/wheelhouse-3.11.pointer.json`;

beforeEach(async () => {
  gateway = await new FakeGateway().start();
  scratch = await Scratch.make();
  await writeFile(scratch.path('wheelhouse-3.11.tgz'), artifact);
});
afterEach(async () => {
  await gateway.close();
  await scratch.remove();
});

function muniment(...args: readonly string[]): Promise<Ran> {
  return scratch.run([...args, '--json'], { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' });
}
const push = (...args: readonly string[]) =>
  muniment('push', 'wheelhouse-3.11.tgz', '--repository', 'acme/widgets', '--run-id', '42', ...args);
const text = (path: string) => readFile(scratch.path(path), 'utf8');

describe('push --pointer', () => {
  it('writes the archived record and, after it, the pointer: everything that git has to keep', async () => {
    const ran = await push('--pointer');
    expect(ran).toMatchObject({ code: 0, err: '' });
    const record = await text('wheelhouse-3.11.tgz.meta');
    const [pkg] = gateway.packages;
    expect(await text(`${stamp}/wheelhouse-3.11.tgz.meta`)).toBe(record);
    expect(JSON.parse(await text(pointerPath))).toEqual({
      pointer_version: 1,
      url: `${gateway.url}/packages/${pkg?.id ?? ''}`,
      package_id: pkg?.id,
      repository: 'acme/widgets',
      name: 'wheelhouse-3.11',
      run: { id: '42', url: null, commit: null },
      created_at: '2026-11-21T09:30:00.000Z',
      manifest_digest: (ran.json() as { manifest_digest: string }).manifest_digest,
      files: [
        { path: 'wheelhouse-3.11.tgz', size: artifact.length, sha256: sha256(artifact), blake3: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { path: 'wheelhouse-3.11.tgz.meta', size: record.length, sha256: sha256(Buffer.from(record)), blake3: expect.any(String) },
      ],
    });
    expect(ran.json()).toMatchObject({ pointer: { path: pointerPath, records: [`${stamp}/wheelhouse-3.11.tgz.meta`] } });
    expect((await readdir(scratch.path(stamp))).sort()).toEqual(['wheelhouse-3.11.pointer.json', 'wheelhouse-3.11.tgz.meta']);
  });

  it('gives the same bytes again, and in another folder', async () => {
    await push('--pointer');
    const first = await text(pointerPath);
    expect((await push('--pointer')).code).toBe(0);
    expect((await push('--pointer', 'elsewhere')).code).toBe(0);
    expect(await text(pointerPath)).toBe(first);
    expect(await text('elsewhere/20261121-42/wheelhouse-3.11.pointer.json')).toBe(first);
  });

  it('writes no pointer where another record stands, and says which', async () => {
    await mkdir(scratch.path(stamp), { recursive: true });
    await writeFile(scratch.path(stamp, 'wheelhouse-3.11.tgz.meta'), 'name=ours\n');
    const ran = await push('--pointer');
    expect(ran.json()).toMatchObject({ error: { code: 'check_failed', exit_code: 12, facts: { path: expect.stringContaining('.meta') } } });
    expect(await readdir(scratch.path(stamp))).toEqual(['wheelhouse-3.11.tgz.meta']);
    expect(await text(`${stamp}/wheelhouse-3.11.tgz.meta`)).toBe('name=ours\n');
  });

  it('leaves a pointer to another package of the same run and name where it is', async () => {
    await push('--pointer');
    const first = await text(pointerPath);
    await writeFile(scratch.path('wheelhouse-3.11.tgz'), tinyWheelhouse('3.0'));
    await rm(scratch.path('wheelhouse-3.11.tgz.meta'));
    const ran = await push('--pointer');
    expect(ran.json()).toMatchObject({
      error: { exit_code: 12, facts: { there: { package_id: gateway.packages[0]?.id }, package_id: gateway.packages[1]?.id } },
    });
    expect(await text(pointerPath)).toBe(first);
  });

  it('does not replace what git says of the same package', async () => {
    await push('--pointer');
    const other = (await text(pointerPath)).replace(/"sha256:[0-9a-f]{64}"/, `"sha256:${'0'.repeat(64)}"`);
    await writeFile(scratch.path(pointerPath), other);
    expect((await push('--pointer')).json()).toMatchObject({
      error: { exit_code: 12, detail: expect.stringContaining('another manifest') },
    });
    expect(await text(pointerPath)).toBe(other);
  });

  it('takes nothing from the answer of the archive that the manifest does not prove', async () => {
    await push('--pointer', 'honest');
    gateway.answerFacts = { created_at: '../../../x', name: '../escape', repository: 'other/one' };
    const ran = await muniment('pointer', 'write', gateway.packages[0]?.id ?? '');
    expect(ran.json()).toMatchObject({ path: pointerPath });
    expect(await text(pointerPath)).toBe(await text('honest/20261121-42/wheelhouse-3.11.pointer.json'));
  });

  it('of the working directory itself can be repeated', async () => {
    await mkdir(scratch.path('reports'));
    await writeFile(scratch.path('reports/a.json'), '{}');
    const args = ['push', '.', '--repository', 'acme/widgets', '--name', 'all', '--pointer'];
    for (const run of [['--run-id', '42'], []]) {
      const first = (await muniment(...args, ...run)).json() as { package_id: string };
      expect((await muniment(...args, ...run)).json()).toMatchObject({
        package_id: first.package_id,
        reused: true,
        run_id: run[1] ?? null,
      });
    }
  });

  it('points to nothing that is not finalized', async () => {
    expect((await push('--no-finalize', '--pointer')).json()).toMatchObject({ error: { code: 'usage', exit_code: 2 } });
    expect(gateway.log).toEqual([]);
    await push('--no-finalize');
    const ran = await muniment('pointer', 'write', gateway.packages[0]?.id ?? '');
    expect(ran.json()).toMatchObject({ error: { code: 'check_failed', exit_code: 12 } });
    expect(await readdir(scratch.directory)).not.toContain('docs');
  });

  it('of a staged run directory stands beside its records, and is never archived itself', async () => {
    await mkdir(scratch.path('run', stamp), { recursive: true });
    await writeFile(scratch.path('run', stamp, 'wheelhouse-3.11.tgz'), artifact);
    const args = ['push', 'run', '--repository', 'acme/widgets', '--pointer', `run/docs/ci-archive`];
    expect((await muniment(...args)).json()).toMatchObject({
      pointer: { path: `run/${pointerPath}`, records: [`run/${stamp}/wheelhouse-3.11.tgz.meta`] },
    });
    expect((await muniment(...args)).json()).toMatchObject({
      reused: true,
      notices: [`${pointerPath} is what git keeps of another package and was left out`],
    });
    expect([...(gateway.packages[0]?.files.keys() ?? [])]).toEqual([`${stamp}/wheelhouse-3.11.tgz`, `${stamp}/wheelhouse-3.11.tgz.meta`]);
  });
});

describe('fetch of a pointer', () => {
  it('brings the package that it names', async () => {
    await push('--pointer');
    const ran = await muniment('fetch', pointerPath);
    expect(ran.code).toBe(0);
    expect(await readFile(scratch.path('ci_artifacts/run-42/wheelhouse-3.11.tgz'))).toEqual(artifact);
  });

  it('brings nothing when the archive has another manifest than git says', async () => {
    await push('--pointer');
    await writeFile(scratch.path(pointerPath), (await text(pointerPath)).replace(/"sha256:[0-9a-f]{64}"/, `"sha256:${'0'.repeat(64)}"`));
    const ran = await muniment('fetch', pointerPath);
    expect(ran.json()).toMatchObject({
      error: { code: 'digest_mismatch', exit_code: 11, facts: { expected: `sha256:${'0'.repeat(64)}` } },
    });
    expect(await readdir(scratch.directory)).not.toContain('ci_artifacts');
  });

  it.each([
    ['{"pointer_version": 2}', 'check_failed', 12],
    ['not JSON', 'check_failed', 12],
  ])('refuses %s as a pointer', async (content, code, exit) => {
    await writeFile(scratch.path('x.pointer.json'), content);
    expect((await muniment('fetch', 'x.pointer.json')).json()).toMatchObject({ error: { code, exit_code: exit } });
    expect((await muniment('fetch', 'missing.pointer.json')).json()).toMatchObject({ error: { code: 'usage' } });
  });
});

describe('pointer check', () => {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: scratch.directory, encoding: 'utf8' });
  const defaults = { directory: null, maxBytes: 1024 * 1024, history: false };
  const check = (...args: readonly string[]) => muniment('pointer', 'check', ...args);

  beforeEach(() => void git('init', '--quiet'));

  it('is content with pointers and records, and asks no server', async () => {
    await push('--pointer');
    await writeFile(scratch.path('docs/ci-archive/index.md'), '# Archived runs\n');
    git('add', 'docs');
    gateway.log.length = 0;
    expect(await check()).toMatchObject({ code: 0 });
    expect((await check('--history')).json()).toEqual({ ok: true, pointers: 1, git: true, problems: [] });
    expect(gateway.log).toEqual([]);
  });

  it('finds an artifact that is about to be committed, and one that ever was', async () => {
    await writeFile(scratch.path('big ü.tar.gz'), Buffer.alloc(2_000_000));
    expect((await check()).code).toBe(0);
    git('add', '.');
    const staged = await check();
    expect(staged.code).toBe(12);
    expect(staged.json()).toMatchObject({
      ok: false,
      problems: [{ path: 'big ü.tar.gz', where: 'index', problem: 'an artifact of 2000000 bytes' }],
    });
    expect((await check('--max-bytes', '2000001')).code).toBe(0);
    git('commit', '--quiet', '-m', 'a tarball');
    git('rm', '--quiet', '--cached', 'big ü.tar.gz');
    git('commit', '--quiet', '-m', 'no tarball');
    expect((await check()).code).toBe(0);
    expect((await check('--history')).json()).toMatchObject({ problems: [{ path: 'big ü.tar.gz', where: 'history' }] });
  });

  it('finds anything but records and pointers in the folder of pointers, however small', async () => {
    await push('--pointer');
    await writeFile(scratch.path(stamp, 'wheelhouse-3.11.tgz'), artifact);
    git('add', 'docs');
    expect((await check()).json()).toMatchObject({ problems: [{ path: `${stamp}/wheelhouse-3.11.tgz`, where: 'index' }] });
  });

  it('finds records that were changed and pointers that cannot be read', async () => {
    await push('--pointer');
    await appendFile(scratch.path(stamp, 'wheelhouse-3.11.tgz.meta'), 'more=1\n');
    await writeFile(scratch.path(stamp, 'bad.pointer.json'), '{');
    expect((await check()).json()).toMatchObject({
      pointers: 2,
      problems: [
        { path: `${stamp}/bad.pointer.json`, where: 'folder', problem: expect.stringContaining('not a pointer') },
        { path: pointerPath, where: 'folder', problem: expect.stringContaining('not the record that was archived') },
      ],
    });
  });

  it('finds what was renamed, under each of its names, whatever they are', async () => {
    const names = ['w.tgz', 'a\tb.tgz', 'a\nb.tgz'];
    for (const [n, name] of names.entries()) await writeFile(scratch.path(name), Buffer.alloc(2_000_000, n + 1));
    git('add', '.');
    expect((await check()).json()).toMatchObject({ problems: names.toSorted().map((path) => ({ path, where: 'index' })) });
    git('commit', '--quiet', '-m', 'tarballs');
    git('mv', 'w.tgz', 'w.dat');
    git('rm', '--quiet', ...names.slice(1));
    git('commit', '--quiet', '-m', 'hidden');
    git('checkout', '--quiet', '--orphan', 'side');
    expect((await check('--max-bytes', '3000000', '--history')).code).toBe(0);
    const { problems } = (await check('--history')).json() as { problems: { path: string; where: string }[] };
    expect(
      problems
        .filter(({ where }) => where === 'history')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(names.toSorted());
    const plain = await scratch.run(['pointer', 'check', '--history'], {});
    expect(plain.out).toContain('a\\x0ab.tgz');
  });

  it('does not call clean what it cannot see: a clone of the newest commits, and a repository of somebody else', async () => {
    git('commit', '--quiet', '--allow-empty', '-m', 'one');
    git('commit', '--quiet', '--allow-empty', '-m', 'two');
    git('clone', '--quiet', '--depth', '1', `file://${scratch.directory}`, 'shallow');
    const within = (folder: string, ...args: readonly string[]) =>
      checkPointers({ ...defaults, cwd: scratch.path(folder), history: args.includes('--history') });
    await expect(within('shallow', '--history')).rejects.toThrow('--unshallow');
    expect(await within('shallow')).toMatchObject({ ok: true, git: true });
    process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER'] = '1';
    try {
      expect((await check()).json()).toMatchObject({ error: { code: 'failed', detail: expect.stringContaining('dubious ownership') } });
    } finally {
      delete process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER'];
    }
  });

  it('opens nothing that a repository may have put in the place of a record or a pointer', async () => {
    await push('--pointer');
    const record = scratch.path(stamp, 'wheelhouse-3.11.tgz.meta');
    await rm(record);
    await symlink('/dev/zero', record);
    await symlink('/dev/zero', scratch.path(stamp, 'x.pointer.json'));
    await mkdir(scratch.path(stamp, 'y.pointer.json'));
    await truncate(scratch.path(pointerPath), 100 * 1024 * 1024);
    await writeFile(scratch.path(stamp, 'notes.md'), Buffer.alloc(2_000_000));
    git('add', 'docs');
    const { problems } = (await check()).json() as { problems: { path: string; where: string; problem: string }[] };
    expect(problems.map(({ path, where, problem }) => [path, where, problem.replace(/^.*this version: /, '').split(/[.,]/)[0]])).toEqual([
      [pointerPath, 'folder', 'it is larger than 67108864 bytes'],
      [`${stamp}/x.pointer.json`, 'folder', 'it is no regular file'],
      [`${stamp}/notes.md`, 'index', '2000000 bytes'],
      [`${stamp}/wheelhouse-3.11.tgz.meta`, 'index', 'a link'],
      [`${stamp}/x.pointer.json`, 'index', 'a link'],
    ]);
  });

  it.each(['.', 'misspelt', 'wheelhouse-3.11.tgz'])('refuses %s as a folder of pointers', async (dir) => {
    expect((await check('--dir', dir)).json()).toMatchObject({ error: { code: 'usage', exit_code: 2 } });
  });

  it('finds the usual folder from anywhere in the repository', async () => {
    await push('--pointer');
    expect(await checkPointers({ ...defaults, cwd: scratch.path('docs') })).toMatchObject({ ok: true, pointers: 1 });
  });

  it('looks at the folder only where there is no git', async () => {
    await rm(scratch.path('.git'), { recursive: true });
    expect((await check()).json()).toEqual({ ok: true, pointers: 0, git: false, problems: [] });
    expect((await check('--history')).json()).toMatchObject({ error: { code: 'usage', exit_code: 2 } });
  });
});
