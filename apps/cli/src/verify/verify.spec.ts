import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

  it('checks every pair of a directory and names what has no record', async () => {
    await mkdir(scratch.path('d'));
    await writeFile(scratch.path('d', 'a.bin'), 'a');
    await writeFile(scratch.path('d', 'b.bin'), 'b');
    await run('meta', 'write', 'd/a.bin');
    const ran = await run('verify', 'd');
    expect(ran.code).toBe(0);
    expect(ran.json()).toMatchObject({ notices: ['b.bin has no .meta beside it; nothing here to check it against'] });
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
