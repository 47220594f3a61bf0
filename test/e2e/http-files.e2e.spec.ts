import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { packagesHttp } from '@muniment/contracts';
import type { ArchiveUnderTest } from '../stack/archive.js';
import { random, reprDigest, sha256 } from '../stack/bytes.js';
import { Caller, filePath, rawRequest } from '../stack/caller.js';
import { blobsIn, eventually, stagedIn } from '../stack/left-behind.js';
import { useArchive } from '../stack/use-archive.js';

const maxBody = 2 * 1024 * 1024;
const kib = 1024;
let archive: ArchiveUnderTest;
let api: Caller;

useArchive((opened, caller) => ([archive, api] = [opened, caller]), { env: { MUNIMENT_MAX_BODY_BYTES: String(maxBody) } });

const nothingStaged = () => eventually('nothing stays in staging', () => stagedIn(archive.objects).length === 0, 5_000);
const has = (bytes: Uint8Array) => blobsIn(archive.objects).includes(sha256(bytes).toString('hex'));

describe('putting a file', () => {
  const bytes = random(3_000);
  let id: string;
  beforeAll(async () => {
    id = (await api.createPackage()).id;
  });
  afterEach(nothingStaged);

  it('takes it with every digest a client may declare', async () => {
    const answer = await api.put(id, 'docs/a b+ü.bin', bytes, {
      'repr-digest': reprDigest(bytes),
      'content-digest': `md5=:x:, ${reprDigest(bytes)}`,
    });
    expect(answer.status).toBe(201);
    const received = packagesHttp.receivedAnswer.parse(answer.json());
    expect(received).toMatchObject({ path: 'docs/a b+ü.bin', size: 3_000, sha256: sha256(bytes).toString('hex'), deduplicated: false });
    await eventually('the file is ingested', async () => (await api.package(id)).files[0]?.state === 'ingested');
    expect(has(bytes)).toBe(true);
  });

  it('answers 200 to the same bytes again and 409 to other bytes', async () => {
    const again = await api.put(id, 'docs/a b+ü.bin', bytes);
    expect([again.status, again.json()]).toEqual([200, expect.objectContaining({ deduplicated: true, state: 'ingested' })]);
    const other = random(10);
    const conflict = await api.put(id, 'docs/a b+ü.bin', other);
    expect([conflict.status, conflict.code]).toEqual([409, 'path_conflict']);
    expect(has(other)).toBe(false);
  });

  it('takes an empty file, and one sent in chunks without a length', async () => {
    expect((await api.put(id, 'empty.bin', new Uint8Array())).json()).toMatchObject({ size: 0 });
    const chunked = await rawRequest(api, {
      method: 'PUT',
      path: filePath(id, 'chunked.bin'),
      headers: { 'transfer-encoding': 'chunked' },
      body: [bytes, bytes],
    });
    expect([chunked?.status, chunked?.json()]).toEqual([201, expect.objectContaining({ size: 6_000 })]);
  });

  it('is what curl -T does', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'muniment-curl-'));
    writeFileSync(path.join(directory, 'x.bin'), bytes);
    const run = (...args: readonly string[]) =>
      execFileSync('curl', ['-sS', '-w', '%{http_code}', '-o', 'answer', '-H', `Authorization: Bearer ${archive.token}`, ...args], {
        cwd: directory,
        encoding: 'utf8',
      });
    expect(run('-T', 'x.bin', `${archive.url}${filePath(id, 'from-curl.bin')}`)).toBe('201');
    expect(run('-T', 'x.bin', `${archive.url}${filePath(id, 'from-curl.bin')}`)).toBe('200');
    await eventually('the file is ingested', async () => (await api.package(id)).files.every((f) => f.state === 'ingested'));
    expect(run(`${archive.url}${filePath(id, 'from-curl.bin')}`)).toBe('200');
    expect(readFileSync(path.join(directory, 'answer')).equals(bytes)).toBe(true);
    rmSync(directory, { recursive: true });
  });

  it('does not take a part for the whole', async () => {
    const part = await api.put(id, 'part.bin', bytes, { 'content-range': 'bytes 100-3099/3100' });
    expect([part.status, part.code]).toEqual([400, 'request_malformed']);
    expect((await api.package(id)).files.map((file) => file.path)).not.toContain('part.bin');
  });

  it('keeps nothing of bytes that are not what was declared', async () => {
    const mine = random(5_000);
    const put = (headers: Readonly<Record<string, string>>) => api.put(id, 'refused.bin', mine, headers);
    const other = reprDigest(random(1));
    for (const [headers, status, code] of [
      [{ 'repr-digest': other }, 422, 'digest_mismatch'],
      [{ 'content-digest': other }, 422, 'digest_mismatch'],
      [{ 'repr-digest': reprDigest(mine), 'content-digest': other }, 422, 'digest_mismatch'],
      [{ 'repr-digest': 'sha-256=abc' }, 400, 'digest_malformed'],
      [{ 'repr-digest': 'sha-256=:AAAA:' }, 400, 'digest_malformed'],
    ] as const) {
      const answer = await put(headers);
      expect([headers, answer.status, answer.code]).toEqual([headers, status, code]);
    }
    expect((await api.package(id)).files.map((f) => f.path)).not.toContain('refused.bin');
    expect(has(mine)).toBe(false);
  });

  it('keeps nothing of a body that breaks off, and takes it at the next try', async () => {
    const mine = random(500 * kib);
    const half = mine.subarray(0, 250 * kib);
    const at = filePath(id, 'broken.bin');
    await rawRequest(api, { method: 'PUT', path: at, headers: { 'content-length': mine.length }, body: [half], cut: true });
    await rawRequest(api, { method: 'PUT', path: at, headers: { 'transfer-encoding': 'chunked' }, body: [half], cut: true });
    await nothingStaged();
    expect((await api.package(id)).files.map((f) => f.path)).not.toContain('broken.bin');
    expect((await api.put(id, 'broken.bin', mine)).status).toBe(201);
  });

  it('stops reading above the limit, with and without a length', async () => {
    const large = random(maxBody + 1);
    const known = await api.put(id, 'large.bin', large);
    expect([known.status, known.code]).toEqual([413, 'body_too_large']);
    const chunked = await rawRequest(api, {
      method: 'PUT',
      path: filePath(id, 'large.bin'),
      headers: { 'transfer-encoding': 'chunked' },
      body: [large],
    });
    expect([chunked?.status, chunked?.code]).toEqual([413, 'body_too_large']);
    expect((await api.put(id, 'largest.bin', large.subarray(1))).status).toBe(201);
  });

  it.each([
    ['/../../x', 400],
    ['/a/../b', 400],
    ['/..', 400],
    ['/a/./b', 400],
    ['/%2e%2e/b', 400],
    ['/a%2f..%2fb', 400],
    ['/%2fetc/passwd', 400],
    ['//etc/passwd', 400],
    ['/a//b', 400],
    ['/a/', 400],
    ['/a%00b', 400],
    ['/a%5cb', 400],
    ['/a\\b', 400],
    ['/a%0ab', 400],
    ['/a%ffb', 400],
    ['/%', 400],
    [`/${'x'.repeat(2_000)}`, 400],
    ['/e%CC%81', 400],
  ])('refuses the path %s', async (tail, status) => {
    const answer = await rawRequest(api, {
      method: 'PUT',
      path: `/packages/${id}/files${tail}`,
      headers: { 'content-length': 1 },
      body: [Buffer.from('x')],
    });
    const codes = ['path_invalid', 'request_malformed'];
    expect([answer?.status, codes.includes(answer?.code ?? '')]).toEqual([status, true]);
    expect(answer?.json()).toMatchObject({ trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect((await api.package(id)).files.map((f) => f.path)).not.toContain('b');
  });

  it.each([1, 3])(
    'takes many files for one package at once, by %i gateways',
    async (gateways) => {
      const { id: crowded } = await api.createPackage();
      const more = await Promise.all(Array.from({ length: gateways - 1 }, () => archive.start('gateway')));
      const doors = [api, ...more.map(({ url }) => new Caller(url ?? '', archive.token))];
      const names = Array.from({ length: 64 }, (_, n) => `file-${n}`);
      const answers = await Promise.all(names.map((name, n) => (doors[n % gateways] ?? api).put(crowded, name, random(100))));
      await Promise.all(more.map((gateway) => gateway.stop()));
      expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
      const ingested = async () => {
        const { files } = await api.package(crowded);
        return files.length === names.length && files.every(({ state }) => state === 'ingested');
      };
      await eventually('all are ingested', ingested, 60_000);
    },
    90_000,
  );

  it('lets the race of two clients on one path have one result', async () => {
    const same = random(100 * kib);
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => api.put(id, 'race-same.bin', same)))).map((a) => a.status);
    expect(statuses.sort()).toEqual([200, 200, 200, 200, 200, 201]);
    const different = Array.from({ length: 6 }, () => random(100 * kib));
    const answers = await Promise.all(different.map((d) => api.put(id, 'race-other.bin', d)));
    expect(answers.map((a) => a.status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    await eventually('all are ingested', async () => (await api.package(id)).files.every((f) => f.state === 'ingested'));
    const winner = answers.findIndex((a) => a.status === 201);
    expect((await api.get(filePath(id, 'race-other.bin'))).bytes.equals(different[winner] ?? Buffer.alloc(0))).toBe(true);
    expect(different.filter(has)).toHaveLength(1);
  });

  it('lets no race make a file and a folder of one name', async () => {
    const { id: nested } = await api.createPackage();
    for (let round = 0; round < 8; round++) {
      const [file, inFolder] = [`n${round}`, `n${round}/x.bin`];
      const answers = await Promise.all([file, inFolder, `${file}.meta/y.bin`].map((name) => api.put(nested, name, random(10))));
      const taken = answers.filter(({ status }) => status === 201).length;
      expect(answers.every(({ status, code }) => status === 201 || code === 'path_conflict')).toBe(true);
      expect(taken).toBeGreaterThan(0);
      // Either the file alone, or one or both of those that exclude it.
      if (answers[0]?.status === 201) expect(taken).toBe(1);
    }
    const conflict = await api.put(nested, (await api.package(nested)).files[0]?.path.split('/')[0] ?? '', random(10));
    expect([conflict.status, conflict.code]).toEqual([409, 'path_conflict']);
  });
});

describe('direct upload on a store without presigned addresses', () => {
  it('is refused, but content the repository already has is answered at once', async () => {
    const bytes = random(100);
    await api.archive({ 'a.bin': bytes });
    const { id } = await api.createPackage();
    const ask = (of: Uint8Array) =>
      api.post(`/packages/${id}/uploads/direct`, { path: 'b.bin', size: of.length, sha256: sha256(of).toString('hex') });
    const unsupported = await ask(random(5));
    expect([unsupported.status, unsupported.code]).toEqual([409, 'direct_upload_unsupported']);
    const known = await ask(bytes);
    expect([known.status, known.json()]).toEqual([200, expect.objectContaining({ deduplicated: true, state: 'committed', urls: [] })]);
    expect((await api.finalize(id)).files[0]).toMatchObject({ path: 'b.bin', sha256: sha256(bytes).toString('hex') });
  });

  it('does not tell one repository what another one holds', async () => {
    const bytes = random(100);
    await api.archive({ 'a.bin': bytes }, { repository: 'other/secret' });
    const { id } = await api.createPackage();
    const answer = await api.post(`/packages/${id}/uploads/direct`, { path: 'b.bin', size: 100, sha256: sha256(bytes).toString('hex') });
    expect(answer.code).toBe('direct_upload_unsupported');
  });
});
