import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, sha256 } from '../spec-support/fake-gateway.js';
import { Scratch, type Ran } from '../spec-support/scratch.js';
import { tinyWheelhouse } from '../spec-support/tiny-wheelhouse.js';

let gateway: FakeGateway;
let scratch: Scratch;
const artifact = tinyWheelhouse();

beforeEach(async () => {
  gateway = await new FakeGateway().start();
  scratch = await Scratch.make();
  await writeFile(scratch.path('wheelhouse-3.11.tgz'), artifact);
});
afterEach(async () => {
  await gateway.close();
  await scratch.remove();
});

function push(...args: readonly string[]): Promise<Ran> {
  const server = { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' };
  return scratch.run(['push', ...args, '--repository', 'acme/widgets', '--json'], server);
}

const filesOf = (index = 0) => [...(gateway.packages[index]?.files.keys() ?? [])];

describe('push of a file', () => {
  it('writes the .meta, sends both and answers one receipt', async () => {
    const ran = await push('wheelhouse-3.11.tgz', '--run-id', '42');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.json()).toMatchObject({
      package_id: gateway.packages[0]?.id,
      state: 'finalized',
      sequence: 1,
      repository: 'acme/widgets',
      name: 'wheelhouse-3.11',
      run_id: '42',
      retention_class: 'raw-evidence',
      reused: false,
      files: [
        { path: 'wheelhouse-3.11.tgz', size: artifact.length, sha256: sha256(artifact), media_type: 'application/gzip' },
        { path: 'wheelhouse-3.11.tgz.meta', media_type: 'text/plain; charset=utf-8' },
      ],
    });
    const meta = await readFile(scratch.path('wheelhouse-3.11.tgz.meta'), 'utf8');
    expect(meta).toContain(`name=wheelhouse-3.11.tgz\nsha256=${sha256(artifact)}\n`);
    expect(meta).toContain('created_at=2026-11-21T09:30:00Z\n');
    expect(meta).toContain('wheels=alpha-1.0-py3-none-any.whl,beta-2.5-py3-none-any.whl\nrun_id=42\n');
    expect(gateway.packages[0]?.files.get('wheelhouse-3.11.tgz.meta')?.bytes.toString('utf8')).toBe(meta);
  });

  it('records what CI tells of the build, and lets the pusher correct it', async () => {
    const github = {
      GITHUB_ACTIONS: 'true',
      GITHUB_RUN_ID: '42',
      GITHUB_REF: 'refs/tags/v1.2.3',
      GITHUB_REF_TYPE: 'tag',
      GITHUB_REF_NAME: 'v1.2.3',
      GITHUB_ACTOR: 'mona',
      GITHUB_EVENT_NAME: 'push',
      RUSTC_WRAPPER: 'sccache',
    };
    const args = ['push', 'wheelhouse-3.11.tgz', '--repository', 'acme/widgets', '--version', '1.2.3', '--metadata', 'compiler_cache=off'];
    await scratch.run(args, { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good', ...github });
    expect(gateway.packages[0]?.body).toMatchObject({
      version: '1.2.3',
      producer: 'github-actions',
      run: { id: '42', ref: 'refs/tags/v1.2.3' },
      metadata: { ref_type: 'tag', git_tag: 'v1.2.3', triggered_by: 'mona', trigger: 'push', compiler_cache: 'off', python: '3.11' },
    });
  });

  it('never touches an existing .meta', async () => {
    const record = `name: wheelhouse-3.11.tgz\r\nsha256: ${sha256(artifact)}\r\nnotes: ours\r\n`;
    await writeFile(scratch.path('wheelhouse-3.11.tgz.meta'), record);
    expect((await push('wheelhouse-3.11.tgz')).code).toBe(0);
    expect(await readFile(scratch.path('wheelhouse-3.11.tgz.meta'), 'utf8')).toBe(record);
    expect(gateway.packages[0]?.files.get('wheelhouse-3.11.tgz.meta')?.bytes.toString('utf8')).toBe(record);
  });

  it('makes another package when the one with the same content is in the trash: to push again is to want it kept', async () => {
    await push('wheelhouse-3.11.tgz', '--run-id', '42');
    const [first] = gateway.packages;
    if (first === undefined) throw new Error('not pushed');
    expect((await push('wheelhouse-3.11.tgz', '--run-id', '42')).json()).toMatchObject({ package_id: first.id, reused: true });
    first.trashed = true;
    const again = await push('wheelhouse-3.11.tgz', '--run-id', '42');
    expect(again.json()).toMatchObject({ package_id: gateway.packages[1]?.id, reused: false, state: 'finalized' });
    expect(gateway.packages).toHaveLength(2);
  });

  it('refuses a .meta that disagrees before it speaks to the server', async () => {
    await writeFile(scratch.path('wheelhouse-3.11.tgz.meta'), `name=wheelhouse-3.11.tgz\nsha256=${'0'.repeat(64)}\n`);
    const ran = await push('wheelhouse-3.11.tgz');
    expect(ran.code).toBe(25);
    expect(ran.json()).toMatchObject({ error: { code: 'meta_disagrees', exit_code: 25 } });
    expect(gateway.log).toEqual([]);
  });

  it('refuses a wheelhouse that cannot be one before it speaks to the server', async () => {
    await writeFile(scratch.path('wheelhouse-3.12.tgz'), artifact.subarray(0, 100));
    const ran = await push('wheelhouse-3.12.tgz');
    expect(ran.json()).toMatchObject({ error: { code: 'archive_corrupt', exit_code: 25 } });
    expect(gateway.log).toEqual([]);
  });

  it('leaves the package open and the directory clean when asked to', async () => {
    const ran = await push('wheelhouse-3.11.tgz', '--no-finalize', '--no-meta');
    expect(ran.json()).toMatchObject({ state: 'created', manifest_digest: null, sequence: null });
    expect(filesOf()).toEqual(['wheelhouse-3.11.tgz']);
    expect((await readdir(scratch.directory)).filter((n) => !n.startsWith('.'))).toEqual(['wheelhouse-3.11.tgz']);
  });

  it('says what is wrong with the target', async () => {
    const ran = await push('nowhere');
    expect(ran.json()).toMatchObject({ error: { code: 'usage', exit_code: 2 } });
    expect(ran.code).toBe(2);
  });

  it('passes on what the server says about the token', async () => {
    const ran = await scratch.run(['push', 'wheelhouse-3.11.tgz', '--url', gateway.url, '--token', 'bad', '--json']);
    expect(ran.code).toBe(20);
    expect(ran.json()).toMatchObject({ error: { code: 'unauthenticated', next: expect.stringContaining('MUNIMENT_TOKEN') } });
  });
});

describe('push again', () => {
  it('finds the package of the first time', async () => {
    const first = (await push('wheelhouse-3.11.tgz', '--run-id', '42')).json();
    gateway.log.length = 0;
    const again = (await push('wheelhouse-3.11.tgz', '--run-id', '42')).json();
    expect(again).toEqual({ ...(first as object), reused: true });
    expect(gateway.packages).toHaveLength(1);
    expect(gateway.log.filter((l) => !l.startsWith('GET'))).toEqual([]);
  });

  it('finds it from another machine, where the record was written anew', async () => {
    await push('wheelhouse-3.11.tgz', '--run-id', '42');
    await rm(scratch.path('wheelhouse-3.11.tgz.meta'));
    await rm(scratch.path('.cache'), { recursive: true, force: true });
    expect((await push('wheelhouse-3.11.tgz', '--run-id', '42', '--requirements', 'wheelhouse-3.11.tgz')).json()).toMatchObject({
      reused: true,
    });
    expect(gateway.packages).toHaveLength(1);
  });

  it('makes another package for other content, and for another run', async () => {
    await push('wheelhouse-3.11.tgz', '--run-id', '42', '--no-meta');
    await push('wheelhouse-3.11.tgz', '--run-id', '43', '--no-meta');
    await writeFile(scratch.path('wheelhouse-3.11.tgz'), 'other');
    await push('wheelhouse-3.11.tgz', '--run-id', '42', '--no-meta');
    expect(gateway.packages.map((p) => p.body.run?.id)).toEqual(['42', '43', '42']);
  });

  it('opens one package when two pushes race', async () => {
    const both = await Promise.all([push('wheelhouse-3.11.tgz', '--run-id', '42'), push('wheelhouse-3.11.tgz', '--run-id', '42')]);
    expect(both.map((r) => r.code)).toEqual([0, 0]);
    expect(gateway.packages).toHaveLength(1);
  });

  it('completes what a push without finalization began', async () => {
    await push('wheelhouse-3.11.tgz', '--no-finalize');
    const ran = await push('wheelhouse-3.11.tgz');
    expect(ran.json()).toMatchObject({ state: 'finalized', reused: false });
    expect(gateway.packages).toHaveLength(1);
    expect(gateway.log.filter((l) => l.startsWith('PUT'))).toHaveLength(2);
  });
});

describe('push of a big file', () => {
  const big = Buffer.alloc(9 * 1024 * 1024, 'muniment');

  it('continues in the next push where this one was interrupted', async () => {
    await writeFile(scratch.path('big.bin'), big);
    const args = ['push', 'big.bin', '--repository', 'acme/widgets', '--no-meta', '--resume-state', 'state', '--json'];
    const server = { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' };
    const interrupt = new AbortController();
    gateway.cuts = [5_000_000];
    gateway.onCut = () => interrupt.abort();
    const broken = await scratch.run(args, server, interrupt.signal);
    expect(broken.json()).toMatchObject({ error: { code: 'interrupted', exit_code: 130 } });
    expect(await readdir(scratch.path('state'))).toHaveLength(1);
    gateway.log.length = 0;
    const ran = await scratch.run(args, server);
    expect(ran.code).toBe(0);
    expect(gateway.log).not.toContain('POST /uploads');
    expect(gateway.packages).toHaveLength(1);
    expect(gateway.packages[0]?.files.get('big.bin')?.bytes.equals(big)).toBe(true);
    expect(await readdir(scratch.path('state'))).toEqual([]);
  });
});

describe('push where its state cannot be kept', () => {
  it('goes through, and says that it could not be continued', async () => {
    await writeFile(scratch.path('state'), 'a file where a folder should be');
    const ran = await push('wheelhouse-3.11.tgz', '--resume-state', 'state');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.json()).toMatchObject({
      state: 'finalized',
      notices: [expect.stringMatching(/cannot be written \(ENOTDIR.*--resume-state/)],
    });
    expect(await readFile(scratch.path('state'), 'utf8')).toBe('a file where a folder should be');
  });
});

describe('push of a run directory', () => {
  it('sends every regular file, writes records for wheelhouses only, and follows no link', async () => {
    const run = 'docs/ci-archive/20261121-4711';
    await mkdir(scratch.path('run', run), { recursive: true });
    await writeFile(scratch.path('run', run, 'wheelhouse-3.11.tgz'), artifact);
    await writeFile(scratch.path('run', 'report.json'), '{}');
    await mkdir(scratch.path('run', '.git'));
    await writeFile(scratch.path('run', '.git', 'config'), 'secret');
    await mkdir(scratch.path('run', 'sub', '.muniment'), { recursive: true });
    await symlink('/etc/hostname', scratch.path('run', 'link'));
    const ran = await push('run');
    expect(filesOf().sort()).toEqual([`${run}/wheelhouse-3.11.tgz`, `${run}/wheelhouse-3.11.tgz.meta`, 'report.json']);
    expect(ran.json()).toMatchObject({
      name: 'wheelhouse-3.11',
      run_id: '4711',
      notices: [
        '.git belongs to no run and was left out',
        'link is not a regular file and was left out',
        'sub/.muniment belongs to no run and was left out',
      ],
    });
    const shown = await scratch.run(['push', 'run', '--repository', 'acme/widgets'], { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' });
    expect(shown.out).toContain('  note: .git belongs to no run and was left out\n');
  });

  it('names what it leaves out also where nothing else is there', async () => {
    await mkdir(scratch.path('run', '.git'), { recursive: true });
    expect((await push('run')).json()).toMatchObject({
      error: {
        code: 'usage',
        detail: 'run holds no regular file. .git belongs to no run and was left out. Name the directory that the build filled.',
      },
    });
  });
});

describe('push of names that a package cannot hold', () => {
  const refused = async (): Promise<unknown> => {
    const ran = await push('run');
    expect(ran.code).toBe(2);
    expect(gateway.log).toEqual([]);
    return ran.json();
  };

  it('refuses two that Unicode takes for the same, before anything is sent', async () => {
    await mkdir(scratch.path('run', 'a'), { recursive: true });
    for (const name of ['a/caf\u00e9.txt', 'a/cafe\u0301.txt', 'other.txt']) await writeFile(scratch.path('run', name), name);
    expect(await refused()).toMatchObject({
      error: {
        code: 'usage',
        detail: expect.stringMatching(/ a\/caf\u00e9\.txt \(a\/caf\\xc3\\xa9\.txt and a\/cafe\\xcc\\x81\.txt\)\. Rename /),
        facts: { paths: ['a/caf\u00e9.txt'] },
      },
    });
  });

  it('refuses those that are not UTF-8, before anything is sent, and says which', async () => {
    await mkdir(scratch.path('run', 'sub'), { recursive: true });
    await writeFile(scratch.path('run', 'other.txt'), '');
    await writeFile(Buffer.concat([Buffer.from(scratch.path('run', 'caf')), Buffer.of(0xe9)]), '');
    await mkdir(Buffer.concat([Buffer.from(scratch.path('run', 'sub', 'ordner-')), Buffer.of(0xfc)]));
    expect(await refused()).toMatchObject({
      error: {
        code: 'usage',
        detail: 'Names must be UTF-8, and these are not: caf\\xe9, sub/ordner-\\xfc. Rename them.',
        facts: { paths: ['caf\\xe9', 'sub/ordner-\\xfc'] },
      },
    });
  });

  it('says which of many files has a name that is refused', async () => {
    await mkdir(scratch.path('run'));
    for (const name of ['a.txt', 'b\nc.txt', 'd.txt']) await writeFile(scratch.path('run', name), '');
    const ran = await push('run');
    expect(ran.code).toBe(24);
    expect(ran.json()).toMatchObject({ error: { code: 'path_invalid', detail: expect.stringMatching(/^"b\\nc\.txt": The file path /) } });
    expect(gateway.log).toEqual([]);
  });

  it('takes each of the two spellings by itself', async () => {
    await mkdir(scratch.path('run'));
    await writeFile(scratch.path('run', 'cafe\u0301.txt'), '');
    expect((await push('run')).code).toBe(0);
    expect(filesOf()).toEqual(['caf\u00e9.txt']);
  });
});
