import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PackageAnswer } from '@muniment/contracts';
import { goodWheelhouse } from '../corpus/good-files.js';
import { tinyWheel } from '../corpus/tiny-wheel.js';
import type { ArchiveUnderTest } from '../stack/archive.js';
import { random, reprDigest, sha256 } from '../stack/bytes.js';
import { filePath, type Caller } from '../stack/caller.js';
import { useArchive } from '../stack/use-archive.js';

const maxBody = 2 * 1024 * 1024;
let archive: ArchiveUnderTest;
let api: Caller;

useArchive((opened, caller) => ([archive, api] = [opened, caller]), { env: { MUNIMENT_MAX_BODY_BYTES: String(maxBody) } });

describe('downloading', () => {
  const bytes = random(1_000);
  let pkg: PackageAnswer;
  let at: string;
  beforeAll(async () => {
    const page = Buffer.from('<script>alert(1)</script>');
    pkg = await api.createPackage();
    await api.putFile(pkg.id, 'dir/ä "x"\'.bin', bytes);
    expect((await api.put(pkg.id, 'page.html', page, { 'content-type': 'text/html' })).status).toBe(201);
    await api.putFile(pkg.id, 'empty.bin', new Uint8Array());
    pkg = await api.finalize(pkg.id);
    at = filePath(pkg.id, 'dir/ä "x"\'.bin');
  }, 60_000);
  const etag = `"sha256:${sha256(bytes).toString('hex')}"`;
  const get = (headers: Readonly<Record<string, string>>) => api.get(at, headers);

  it('says what it is before the first byte', async () => {
    const whole = await get({});
    expect([whole.status, whole.bytes.equals(bytes)]).toEqual([200, true]);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      etag,
      'repr-digest': reprDigest(bytes),
      'content-length': '1000',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=500-599', 500, 599],
    ['bytes=900-', 900, 999],
    ['bytes=-100', 900, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=990-5000', 990, 999],
    ['bytes=999-999', 999, 999],
    ['Bytes=0-0', 0, 0],
  ])('answers %s', async (range, start, end) => {
    const answer = await get({ range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, `bytes ${start}-${end}/1000`]);
    expect(answer.headers.get('content-length')).toBe(String(end - start + 1));
    expect(answer.headers.get('repr-digest')).toBe(reprDigest(bytes));
    expect(answer.bytes.equals(bytes.subarray(start, end + 1))).toBe(true);
  });

  it.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('answers 416 to %s', async (range) => {
    const answer = await get({ range });
    expect([answer.status, answer.code, answer.headers.get('content-range')]).toEqual([416, 'range_not_satisfiable', 'bytes */1000']);
  });

  it.each(['bytes=0-1,5-6', 'bytes=5-1', 'bytes=-', 'bytes=a-b', 'lines=0-1', 'bytes 0-1', 'bytes=0x1-2'])('ignores %s', async (range) => {
    const answer = await get({ range });
    expect([answer.status, answer.bytes.length]).toEqual([200, 1_000]);
  });

  it('honours conditions', async () => {
    for (const tag of [etag, `W/${etag}`, '*', `"x", ${etag}`]) {
      const answer = await get({ 'if-none-match': tag });
      expect([answer.status, answer.bytes.length, answer.headers.get('etag')]).toEqual([304, 0, etag]);
    }
    expect((await get({ 'if-none-match': '"x"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
    expect((await get({ range: 'bytes=0-1', 'if-range': '"x"' })).status).toBe(200);
    expect((await get({ range: 'bytes=0-1', 'if-range': `W/${etag}` })).status).toBe(200);
    expect((await get({ range: 'bytes=5000-', 'if-none-match': etag })).status).toBe(304);
  });

  it('answers HEAD like GET without the bytes', async () => {
    const whole = await api.send('HEAD', at);
    expect([whole.status, whole.bytes.length, whole.headers.get('content-length'), whole.headers.get('etag')]).toEqual([
      200,
      0,
      '1000',
      etag,
    ]);
  });

  it('serves an empty file, whole', async () => {
    const empty = await api.get(filePath(pkg.id, 'empty.bin'));
    expect([empty.status, empty.bytes.length, empty.headers.get('content-length')]).toEqual([200, 0, '0']);
    expect((await api.get(filePath(pkg.id, 'empty.bin'), { range: 'bytes=0-0' })).status).toBe(416);
  });

  it('never lets uploaded bytes run as a page of this site', async () => {
    for (const address of [filePath(pkg.id, 'page.html'), `/blobs/sha256:${pkg.files.find((f) => f.path === 'page.html')?.sha256 ?? ''}`]) {
      const { headers, status } = await api.get(address);
      expect(status).toBe(200);
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('content-security-policy')).toMatch(/sandbox.*default-src 'none'/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const named = (await get({})).headers.get('content-disposition') ?? '';
    expect(named).toBe(`attachment; filename*=UTF-8''%C3%A4%20%22x%22%27.bin`);
  });

  it('serves a blob by its digest, in either spelling', async () => {
    const hex = sha256(bytes).toString('hex');
    for (const name of [`sha256:${hex}`, `sha256:${hex.toUpperCase()}`])
      expect((await api.get(`/blobs/${name}`)).bytes.equals(bytes)).toBe(true);
    expect((await api.get(`/blobs/sha256:${hex}`, { range: 'bytes=1-2' })).bytes.equals(bytes.subarray(1, 3))).toBe(true);
    expect((await api.send('HEAD', `/blobs/sha256:${hex}`)).headers.get('content-length')).toBe('1000');
    const malformed = await api.get('/blobs/sha256:xyz');
    expect([malformed.status, malformed.code]).toEqual([400, 'digest_malformed']);
  });

  it('survives clients that hang up in the middle', async () => {
    const large = random(maxBody);
    const { id } = await api.archive({ 'large.bin': large });
    for (let i = 0; i < 5; i++) {
      const answer = await fetch(`${api.url}${filePath(id, 'large.bin')}`, { headers: { authorization: `Bearer ${archive.token}` } });
      const reader = answer.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    expect((await api.get(filePath(id, 'large.bin'))).bytes.equals(large)).toBe(true);
    expect([...archive.running].find((s) => s.service === 'gateway')?.log()).not.toContain('request failed');
  });
});

describe('a wheel out of a wheelhouse', () => {
  const wheel = tinyWheel({ name: 'alpha', version: '1.0' });
  const name = 'alpha-1.0-py3-none-any.whl';
  let id: string;
  let members: string;
  beforeAll(async () => {
    id = (await api.archive({ 'out/wheelhouse-3.11.tgz': goodWheelhouse() as Buffer<ArrayBuffer> })).id;
    members = `${filePath(id, 'out/wheelhouse-3.11.tgz')}/members`;
  }, 60_000);

  it('is listed with its digests and what its METADATA says', async () => {
    const list = (await api.get(members)).json() as { path: string; sha256: string; wheel: { name: string } | null }[];
    expect(list.map((m) => m.path)).toEqual(expect.arrayContaining([`.wheelhouse/${name}`, '.wheelhouse/pins.txt']));
    expect(list.find((m) => m.path.endsWith(name))).toMatchObject({
      sha256: sha256(wheel).toString('hex'),
      size: wheel.length,
      wheel: { name: 'alpha', version: '1.0' },
    });
    expect((await api.package(id)).files[0]).toMatchObject({ members: list });
    const head = await api.send('HEAD', members);
    expect(head.status).toBe(200);
  });

  it('downloads by full path and by file name, whole and in ranges', async () => {
    for (const address of [`${members}/.wheelhouse/${name}`, `${members}/${name}`]) {
      const answer = await api.get(address);
      expect([answer.status, answer.bytes.equals(wheel), answer.headers.get('repr-digest')]).toEqual([200, true, reprDigest(wheel)]);
      expect(answer.headers.get('content-disposition')).toContain(name);
    }
    const range = await api.get(`${members}/${name}`, { range: 'bytes=10-19' });
    expect([range.status, range.bytes.equals(wheel.subarray(10, 20))]).toEqual([206, true]);
  });

  it('is 404 when there is none', async () => {
    expect((await api.get(`${members}/other.whl`)).code).toBe('member_not_found');
    expect((await api.get(`${filePath(id, 'nothing.tgz')}/members`)).code).toBe('file_not_found');
    expect((await api.get(`${filePath(id, 'nothing.tgz')}/members/x`)).code).toBe('file_not_found');
  });

  it('does not hide a file whose path has "members" in it', async () => {
    const bytes = random(10);
    const other = await api.archive({ 'a/members/b.bin': bytes });
    expect((await api.get(filePath(other.id, 'a/members/b.bin'))).bytes.equals(bytes)).toBe(true);
  });
});
