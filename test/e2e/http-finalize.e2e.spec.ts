import { describe, expect, it } from '@jest/globals';
import { packagesHttp } from '@muniment/contracts';
import { encodeCbor, encodeJcs } from '@muniment/formats';
import { goodWheelhouse } from '../corpus/good-files.js';
import type { ArchiveUnderTest } from '../stack/archive.js';
import { random, reprDigest, sha256 } from '../stack/bytes.js';
import { filePath, type Caller } from '../stack/caller.js';
import { eventually, stagedIn } from '../stack/left-behind.js';
import { useArchive } from '../stack/use-archive.js';

let archive: ArchiveUnderTest;
let api: Caller;

useArchive((opened, caller) => ([archive, api] = [opened, caller]));

const nothingStaged = () => eventually('nothing stays in staging', () => stagedIn(archive.objects).length === 0, 5_000);

describe('finalizing', () => {
  it('refuses an empty package, then answers 202, then 200 with the manifest digest', async () => {
    const { id } = await api.createPackage();
    const empty = await api.post(`/packages/${id}/finalize`);
    expect([empty.status, empty.code]).toEqual([409, 'package_empty']);
    for (const body of ['no json', '{"files":[]}', '[]']) {
      const answer = await api.send('POST', `/packages/${id}/finalize`, body, { 'content-type': 'application/json' });
      expect([body, answer.status, answer.code]).toEqual([body, 400, 'request_malformed']);
    }
    expect((await api.get(`/packages/${id}/manifest`)).code).toBe('manifest_not_found');
    await api.putFile(id, 'a.bin', random(10));
    const first = await api.post(`/packages/${id}/finalize`);
    expect([200, 202]).toContain(first.status);
    const waited = await api.post(`/packages/${id}/finalize`, null, { prefer: 'respond-async, wait=30' });
    expect(waited.status).toBe(200);
    expect(packagesHttp.packageAnswer.parse(waited.json())).toMatchObject({
      state: 'finalized',
      manifest_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
  });

  it('closes the package for everything but what it already holds', async () => {
    const bytes = random(10);
    const { id } = await api.archive({ 'a.bin': bytes });
    expect((await api.put(id, 'a.bin', bytes)).status).toBe(200);
    expect((await api.put(id, 'b.bin', bytes)).code).toBe('package_not_open');
    expect((await api.put(id, 'a.bin', random(10))).code).toBe('path_conflict');
    await nothingStaged();
  });

  it('stops waiting when a file is refused', async () => {
    const { id } = await api.createPackage();
    await api.putFile(id, 'wheelhouse-3.11.tgz', Buffer.from('no gzip at all'));
    const started = Date.now();
    const answer = await api.post(`/packages/${id}/finalize`, null, { prefer: 'wait=60' });
    expect([answer.status, answer.code]).toEqual([409, 'package_has_refused_files']);
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it('waits for a correction when a file was refused, then goes on', async () => {
    const { id } = await api.createPackage();
    await api.putFile(id, 'wheelhouse-3.11.tgz', Buffer.from('no gzip at all'));
    await eventually('the file is refused', async () => (await api.package(id)).files[0]?.state === 'refused');
    expect((await api.package(id)).files[0]?.refusal?.code).toBe('archive_corrupt');
    const early = await api.post(`/packages/${id}/finalize`);
    expect([early.status, early.code]).toEqual([409, 'package_has_refused_files']);
    expect((await api.get(filePath(id, 'wheelhouse-3.11.tgz'))).code).toBe('file_not_found');
    await nothingStaged();
    await api.putFile(id, 'wheelhouse-3.11.tgz', goodWheelhouse() as Buffer<ArrayBuffer>);
    const done = await api.finalize(id);
    expect(done.files.map((f) => [f.path, f.state, f.origin])).toEqual([
      ['wheelhouse-3.11.tgz', 'ingested', 'upload'],
      ['wheelhouse-3.11.tgz.meta', 'ingested', 'archive'],
    ]);
  });
});

describe('manifest', () => {
  it('has two faces with one content; the CBOR is what the digest names', async () => {
    const { id, manifest_digest } = await api.archive({
      'a.bin': random(10),
      'wheelhouse-3.11.tgz': goodWheelhouse() as Buffer<ArrayBuffer>,
    });
    const jcs = await api.get(`/packages/${id}/manifest`);
    const cbor = await api.get(`/packages/${id}/manifest`, { accept: 'application/cbor' });
    expect([jcs.headers.get('content-type'), cbor.headers.get('content-type')]).toEqual(['application/json', 'application/cbor']);
    expect(`sha256:${sha256(cbor.bytes).toString('hex')}`).toBe(manifest_digest);
    for (const face of [jcs, cbor]) {
      expect(face.headers.get('repr-digest')).toBe(reprDigest(face.bytes));
      expect(face.headers.get('etag')).toBe(`"sha256:${sha256(face.bytes).toString('hex')}"`);
      expect(face.headers.get('vary')).toMatch(/accept/i);
    }
    expect(Buffer.from(encodeJcs(jcs.json())).equals(jcs.bytes)).toBe(true);
    expect(Buffer.from(encodeCbor(jcs.json())).equals(cbor.bytes)).toBe(true);
    const unchanged = await api.get(`/packages/${id}/manifest`, { 'if-none-match': jcs.headers.get('etag') ?? '' });
    expect([unchanged.status, unchanged.bytes.length]).toEqual([304, 0]);
    const otherFace = await api.get(`/packages/${id}/manifest`, {
      accept: 'application/cbor',
      'if-none-match': jcs.headers.get('etag') ?? '',
    });
    expect(otherFace.status).toBe(200);
    const head = await api.send('HEAD', `/packages/${id}/manifest`);
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(jcs.bytes.length),
      jcs.headers.get('etag'),
    ]);
  });

  it('is 406 for a face it does not have', async () => {
    const { id } = await api.archive({ 'a.bin': random(10) });
    const answer = await api.get(`/packages/${id}/manifest`, { accept: 'text/html' });
    expect([answer.status, answer.code]).toEqual([406, 'not_acceptable']);
  });
});
