import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeGateway, sha256 } from '../spec-support/fake-gateway.js';
import { Scratch, type Ran } from '../spec-support/scratch.js';

let gateway: FakeGateway;
let scratch: Scratch;
const content = 'the bytes that were built';

beforeEach(async () => {
  gateway = await new FakeGateway().start();
  scratch = await Scratch.make();
  await writeFile(scratch.path('tool.bin'), content);
});
afterEach(async () => {
  await gateway.close();
  await scratch.remove();
});

const run = (...args: readonly string[]): Promise<Ran> =>
  scratch.run([...args, '--json'], { MUNIMENT_URL: gateway.url, MUNIMENT_TOKEN: 'good' });

async function pushed(): Promise<string> {
  const ran = await run('push', 'tool.bin', '--repository', 'acme/tools', '--run-id', '5');
  return (ran.json() as { package_id: string }).package_id;
}

function failedOf(ran: Ran): readonly string[] {
  const { checks } = ran.json() as { checks: readonly { check: string; subject: string; result: string }[] };
  return checks.filter(({ result }) => result === 'failed').map(({ check, subject }) => `${check} ${subject}`);
}

describe('verify of files', () => {
  it('compares name, size and both digests with the .meta, offline', async () => {
    await run('meta', 'write', 'tool.bin');
    const ran = await run('verify', 'tool.bin');
    expect(ran.code).toBe(0);
    const checks = (ran.json() as { checks: { check: string }[] }).checks.map((c) => c.check);
    expect(checks).toEqual(['meta.readable', 'meta.name', 'meta.size', 'meta.sha256', 'meta.blake3']);
    expect(gateway.log).toEqual([]);
  });

  it('stops at changed bytes with 11 and asks no server about them', async () => {
    const id = await pushed();
    await writeFile(scratch.path('tool.bin'), content.replace('built', 'BUILT'));
    gateway.log.length = 0;
    const ran = await run('verify', 'tool.bin', '--package', id);
    expect(ran.code).toBe(11);
    expect(ran.json()).toMatchObject({ verified: false });
    const failed = (ran.json() as { checks: { check: string; ok: boolean; expected: string }[] }).checks.filter((c) => !c.ok);
    expect(failed.map((c) => c.check)).toEqual(['meta.sha256', 'meta.blake3']);
    expect(failed[0]?.expected).toBe(sha256(content));
    expect(gateway.log).toEqual([]);
  });

  it.each([
    ['no record at all', null],
    ['a record that proves nothing', 'name=tool.bin\n'],
    ['a record that cannot be read', 'garbage\n'],
  ])('answers 12 for %s', async (_what, record) => {
    if (record !== null) await writeFile(scratch.path('tool.bin.meta'), record);
    const ran = await run('verify', 'tool.bin');
    expect(ran.code).toBe(12);
    expect(ran.json()).toMatchObject({ verified: false });
    expect(failedOf(ran)).toEqual([record === null ? 'meta.present tool.bin' : 'meta.readable tool.bin.meta']);
  });

  it('compares with the manifest when a package is named', async () => {
    const id = await pushed();
    expect((await run('verify', 'tool.bin', '--package', id)).code).toBe(0);
    const forged = 'forged together with its record';
    await writeFile(scratch.path('tool.bin'), forged);
    await writeFile(scratch.path('tool.bin.meta'), `name=tool.bin\nsha256=${sha256(forged)}\n`);
    const ran = await run('verify', 'tool.bin', '--package', id);
    expect(ran.code).toBe(11);
    expect(ran.out).toContain('manifest.sha256');
  });

  it('checks every pair of a directory, and no lone record makes it fail', async () => {
    await mkdir(scratch.path('d'));
    await writeFile(scratch.path('d', 'a.bin'), 'a');
    await writeFile(scratch.path('d', 'gone.bin.meta'), `name=gone.bin\nsha256=${sha256('gone')}\n`);
    await run('meta', 'write', 'd/a.bin');
    const ran = await run('verify', 'd');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ verified: true, notices: ['gone.bin.meta describes a file that is not here'] });
    await mkdir(scratch.path('lone'));
    await rename(scratch.path('d', 'gone.bin.meta'), scratch.path('lone', 'gone.bin.meta'));
    const lone = await run('verify', 'lone');
    expect(lone.code).toBe(12);
    expect(failedOf(lone)).toEqual(['meta.present lone']);
  });

  it('does not verify a directory that holds what no record vouches for', async () => {
    await mkdir(scratch.path('d', 'sub'), { recursive: true });
    await writeFile(scratch.path('d', 'a.bin'), 'a');
    await run('meta', 'write', 'd/a.bin');
    await writeFile(scratch.path('d', 'b.bin'), 'b');
    await writeFile(scratch.path('d', 'sub', 'c.bin'), 'c');
    await symlink('/etc/hostname', scratch.path('d', 'link.bin'));
    await mkdir(scratch.path('d', '.git'));
    const ran = await run('verify', 'd');
    expect(ran.code).toBe(12);
    expect(ran.json()).toMatchObject({ verified: false, notices: ['.git belongs to no run and was left out'] });
    expect(failedOf(ran)).toEqual(['meta.present b.bin', 'meta.present sub/c.bin', 'meta.present link.bin']);
    expect(ran.out).toContain('give --package ID to check against the archive');
  });

  it('needs no record of a file that the manifest of the named package vouches for', async () => {
    await mkdir(scratch.path('d'));
    await writeFile(scratch.path('d', 'a.bin'), 'a');
    await writeFile(scratch.path('d', 'b.bin'), 'b');
    await run('meta', 'write', 'd/a.bin');
    const { package_id: id } = (await run('push', 'd', '--repository', 'acme/tools')).json() as { package_id: string };
    await symlink('/etc/hostname', scratch.path('d', 'link.bin'));
    expect((await run('verify', 'd', '--package', id)).json()).toMatchObject({
      verified: true,
      notices: ['link.bin is not a regular file and was left out'],
    });
    await writeFile(scratch.path('d', 'c.bin'), 'c');
    const ran = await run('verify', 'd', '--package', id);
    expect(ran.code).toBe(12);
    expect(failedOf(ran)).toEqual(['manifest.lists c.bin']);
  });
});

describe('verify of a package', () => {
  it('checks manifest digest, JSON face, records and, with --download, every stored byte', async () => {
    const id = await pushed();
    const ran = await run('verify', id, '--download');
    expect(ran.code).toBe(0);
    const checks = new Set((ran.json() as { checks: { check: string }[] }).checks.map((c) => c.check));
    for (const check of [
      'manifest.digest',
      'manifest.canonical',
      'manifest.json',
      'meta.sha256',
      'file.sha256',
      'stored.sha256',
      'stored.blake3',
    ]) {
      expect(checks).toContain(check);
    }
  });

  it('finds stored bytes that changed', async () => {
    const id = await pushed();
    gateway.tampered = Buffer.from('rotten');
    const ran = await run('verify', id, '--download');
    expect(ran.code).toBe(11);
  });

  it('says that an open package has no manifest', async () => {
    const ran = await run('push', 'tool.bin', '--repository', 'acme/tools', '--no-finalize');
    const { package_id: id } = ran.json() as { package_id: string };
    expect((await run('verify', id)).code).toBe(12);
    expect((await run('verify', '00000000-0000-4000-8000-00000000dead')).code).toBe(22);
    expect((await run('verify', 'neither-file-nor-id')).code).toBe(2);
  });
});

describe('meta', () => {
  it('write keeps what is there, check compares', async () => {
    expect((await run('meta', 'write', 'tool.bin')).json()).toMatchObject({
      made: true,
      entries: { name: 'tool.bin', sha256: sha256(content) },
    });
    const before = await readFile(scratch.path('tool.bin.meta'), 'utf8');
    expect((await run('meta', 'write', 'tool.bin')).json()).toMatchObject({ made: false });
    expect(await readFile(scratch.path('tool.bin.meta'), 'utf8')).toBe(before);
    expect((await run('meta', 'check', 'tool.bin')).code).toBe(0);
    await writeFile(scratch.path('tool.bin'), 'x');
    expect((await run('meta', 'check', 'tool.bin')).code).toBe(11);
  });
});
