import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Upload, type UploadOptions } from 'tus-js-client';
import { startArchive, type ArchiveUnderTest, type ServiceUnderTest } from '../stack/archive.js';
import { random, sha256 } from '../stack/bytes.js';
import { Caller, filePath, rawRequest, type Answer } from '../stack/caller.js';
import { eventually, stagedIn } from '../stack/left-behind.js';
import { freePort } from '../stack/process.js';

const mib = 1024 * 1024;
const version = { 'tus-resumable': '1.0.0' };
let archive: ArchiveUnderTest;
let api: Caller;
let second: ServiceUnderTest;
let other: Caller;
let database: pg.Client;

beforeAll(async () => {
  archive = await startArchive({ env: { MUNIMENT_TICK_SECONDS: '1', MUNIMENT_MAX_BODY_BYTES: String(64 * mib) } });
  api = new Caller(archive.url, archive.token);
  second = await archive.start('gateway');
  other = new Caller(second.url ?? '', archive.token);
  database = new pg.Client(archive.ownerUrl);
  await database.connect();
}, 120_000);

afterAll(async () => {
  await database?.end();
  await archive?.stop();
}, 60_000);

const hexOf = (bytes: Uint8Array) => sha256(bytes).toString('hex');
const b64 = (text: string) => Buffer.from(text).toString('base64');

interface Sending {
  readonly bytes: Buffer | Readable;
  readonly packageId: string;
  readonly path: string;
  readonly options?: Partial<UploadOptions>;
  readonly to?: Caller;
}

/** An upload by the stock client, which retries by itself. Resolves with its address. */
function send({ bytes, packageId, path, options = {}, to = api }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(bytes as Buffer, {
      endpoint: `${to.url}/uploads`,
      headers: { authorization: `Bearer ${archive.token}` },
      metadata: { package_id: packageId, path },
      retryDelays: [0, 200, 500, 1_000, 2_000],
      storeFingerprintForResuming: false,
      ...options,
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
}

async function expectStored(packageId: string, path: string, bytes: Buffer): Promise<void> {
  const { files } = await api.finalize(packageId);
  expect(files.find((f) => f.path === path)).toMatchObject({ state: 'ingested', size: bytes.length, sha256: hexOf(bytes) });
  expect((await api.get(filePath(packageId, path))).bytes.equals(bytes)).toBe(true);
}

async function open(packageId: string, path: string, headers: Readonly<Record<string, string>>, metadata = ''): Promise<Answer> {
  const named = `package_id ${b64(packageId)},path ${b64(path)}${metadata}`;
  return api.send('POST', '/uploads', null, { ...version, 'upload-metadata': named, ...headers });
}

const patch = (
  caller: Caller,
  address: string,
  offset: number,
  body: Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
) =>
  caller.send('PATCH', address, body, {
    ...version,
    'upload-offset': String(offset),
    'content-type': 'application/offset+octet-stream',
    ...headers,
  });

describe('the stock tus client', () => {
  it('uploads 40 MiB in chunks', async () => {
    const bytes = random(40 * mib);
    const { id } = await api.createPackage();
    const progress: number[] = [];
    await send({
      bytes,
      packageId: id,
      path: 'big.bin',
      options: { chunkSize: 7 * mib, onChunkComplete: (_, done) => void progress.push(done) },
    });
    expect(progress.length).toBe(6);
    await expectStored(id, 'big.bin', bytes);
  }, 60_000);

  it('uploads in one request, and of unknown length, and nothing at all', async () => {
    const bytes = random(300_000);
    const { id } = await api.createPackage();
    await send({ bytes, packageId: id, path: 'whole.bin' });
    await send({ bytes, packageId: id, path: 'with-creation.bin', options: { uploadDataDuringCreation: true } });
    // No multiple of the chunk size: this client would wait for more after a last chunk that is full.
    const stream = Readable.from([bytes], { objectMode: false });
    await send({ bytes: stream, packageId: id, path: 'deferred.bin', options: { uploadLengthDeferred: true, chunkSize: 120_000 } });
    await send({ bytes: Buffer.alloc(0), packageId: id, path: 'empty.bin' });
    const { files } = await api.finalize(id);
    expect(files.map((f) => [f.path, f.size, f.state])).toEqual([
      ['deferred.bin', 300_000, 'ingested'],
      ['empty.bin', 0, 'ingested'],
      ['whole.bin', 300_000, 'ingested'],
      ['with-creation.bin', 300_000, 'ingested'],
    ]);
  }, 30_000);

  it('resumes after an abort where it stood, on another gateway', async () => {
    const bytes = random(4 * mib);
    const { id } = await api.createPackage();
    const address = await new Promise<string>((resolve, reject) => {
      const upload: Upload = new Upload(bytes, {
        endpoint: `${api.url}/uploads`,
        headers: { authorization: `Bearer ${archive.token}` },
        metadata: { package_id: id, path: 'resumed.bin' },
        chunkSize: mib,
        storeFingerprintForResuming: false,
        onError: reject,
        onChunkComplete: (_, done) => {
          if (done >= 2 * mib) void upload.abort().then(() => resolve(upload.url ?? ''));
        },
      });
      upload.start();
    });
    const elsewhere = `${other.url}${new URL(address).pathname}`;
    const sent: number[] = [];
    await send({
      bytes,
      packageId: id,
      path: 'resumed.bin',
      options: { uploadUrl: elsewhere, chunkSize: mib, onChunkComplete: (size) => void sent.push(size) },
    });
    expect(sent.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2 * mib);
    await expectStored(id, 'resumed.bin', bytes);
  }, 30_000);

  it('resumes after kill -9 of its gateway', async () => {
    const port = await freePort();
    const doomed = await archive.start('gateway', { MUNIMENT_PORT: String(port) });
    const bytes = random(12 * mib);
    const { id } = await api.createPackage();
    let killed: Promise<unknown> | undefined;
    const onChunkComplete = (_: number, done: number): void => {
      if (done < 5 * mib || killed !== undefined) return;
      killed = doomed.kill().then(() => archive.start('gateway', { MUNIMENT_PORT: String(port) }));
    };
    const retryDelays = Array.from({ length: 40 }, () => 1_000);
    const to = new Caller(doomed.url ?? '', archive.token);
    await send({ bytes, packageId: id, path: 'killed.bin', to, options: { chunkSize: mib, onChunkComplete, retryDelays } });
    expect(killed).toBeDefined();
    await expectStored(id, 'killed.bin', bytes);
  }, 90_000);
});

describe('the protocol', () => {
  let id: string;
  beforeAll(async () => {
    id = (await api.createPackage()).id;
  });
  const opened = async (path: string, size: number, metadata = '') => {
    const answer = await open(id, path, { 'upload-length': String(size) }, metadata);
    expect(answer.status).toBe(201);
    return answer.headers.get('location') ?? '';
  };
  const paths = async () => (await api.package(id)).files.map((f) => f.path);

  it('tells what it can do', async () => {
    const answer = await api.send('OPTIONS', '/uploads');
    expect([200, 204]).toContain(answer.status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-version': expect.stringContaining('1.0.0'),
      'tus-max-size': String(64 * mib),
    });
    for (const extension of ['creation', 'termination', 'expiration', 'checksum'])
      expect(answer.headers.get('tus-extension')).toContain(extension);
    expect(answer.headers.get('tus-checksum-algorithm')).toContain('sha256');
  });

  it('refuses a wrong offset with 409 and goes on at the right one', async () => {
    const address = await opened('offset.bin', 10);
    for (const offset of [1, 11]) {
      const answer = await patch(api, address, offset, Buffer.from('12345'));
      expect([answer.status, answer.code]).toEqual([409, 'upload_offset_mismatch']);
    }
    expect((await patch(api, address, 0, Buffer.from('12345'))).headers.get('upload-offset')).toBe('5');
    expect((await patch(api, address, 0, Buffer.from('12345'))).code).toBe('upload_offset_mismatch');
    const head = await api.send('HEAD', address, null, version);
    expect([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length'), head.headers.get('cache-control')]).toEqual([
      200,
      '5',
      '10',
      'no-store',
    ]);
    expect((await patch(api, address, 5, Buffer.from('67890'))).status).toBe(204);
    expect(await paths()).toContain('offset.bin');
  });

  it('takes no more bytes than were announced', async () => {
    const address = await opened('more.bin', 3);
    const answer = await patch(api, address, 0, Buffer.from('12345'));
    expect([answer.status, answer.code]).toEqual([413, 'body_too_large']);
    expect(await paths()).not.toContain('more.bin');
  });

  it('refuses a part whose checksum differs with 460, and forgets that part only', async () => {
    const address = await opened('checksum.bin', 10);
    const checksum = (algorithm: string, text: string) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`,
    });
    expect((await patch(api, address, 0, Buffer.from('12345'), checksum('sha256', '12345'))).status).toBe(204);
    const wrong = await patch(api, address, 5, Buffer.from('67890'), checksum('sha1', 'other'));
    expect([wrong.status, wrong.code]).toEqual([460, 'upload_checksum_mismatch']);
    expect((await api.send('HEAD', address, null, version)).headers.get('upload-offset')).toBe('5');
    const unknown = await patch(api, address, 5, Buffer.from('67890'), { 'upload-checksum': 'crc32 AAAA' });
    expect([unknown.status, unknown.code]).toEqual([400, 'checksum_algorithm_unsupported']);
    expect((await patch(api, address, 5, Buffer.from('67890'), checksum('md5', '67890'))).status).toBe(204);
    await eventually(
      'it is ingested',
      async () => (await api.package(id)).files.find((f) => f.path === 'checksum.bin')?.state === 'ingested',
    );
    expect((await api.get(filePath(id, 'checksum.bin'))).bytes.toString()).toBe('1234567890');
  });

  it('refuses bytes that are not what the session declared, and keeps none', async () => {
    const address = await opened('declared.bin', 5, `,sha256 ${b64('0'.repeat(64))}`);
    const answer = await patch(api, address, 0, Buffer.from('12345'));
    expect([answer.status, answer.code]).toEqual([422, 'digest_mismatch']);
    expect((await patch(api, address, 0, Buffer.from('12345'))).status).toBeGreaterThanOrEqual(400);
    expect((await api.send('HEAD', address, null, version)).status).toBeGreaterThanOrEqual(400);
    expect(await paths()).not.toContain('declared.bin');
    await eventually('nothing of it is staged', () =>
      stagedIn(archive.objects).every((name) => !name.startsWith(address.split('/').pop() ?? 'x')),
    );
    expect((await opened('declared.bin', 5, `,sha256 ${b64(hexOf(Buffer.from('12345')))}`)).length).toBeGreaterThan(0);
  });

  it('ends at the client’s wish', async () => {
    const address = await opened('ended.bin', 10);
    await patch(api, address, 0, Buffer.from('12345'));
    const name = address.split('/').pop() ?? '';
    expect(stagedIn(archive.objects).some((staged) => staged.startsWith(name))).toBe(true);
    expect((await api.send('DELETE', address, null, version)).status).toBe(204);
    expect(stagedIn(archive.objects).some((staged) => staged.startsWith(name))).toBe(false);
    expect((await api.send('DELETE', address, null, version)).status).toBe(204);
    expect((await api.send('HEAD', address, null, version)).status).toBe(410);
    const late = await patch(api, address, 5, Buffer.from('67890'));
    expect([late.status, late.code]).toEqual([410, 'upload_given_up']);
    expect(await paths()).not.toContain('ended.bin');
  });

  it('has one writer from its first byte on, also when that comes with its creation', async () => {
    const stalled = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('12345')),
      pull: async (controller) => {
        await stalled.promise;
        controller.enqueue(Buffer.from('67890'));
        controller.close();
      },
    });
    const named = `package_id ${b64(id)},path ${b64('stalled.bin')}`;
    const part = { 'upload-length': '10', 'content-type': 'application/offset+octet-stream', 'upload-metadata': named };
    const creating = api.send('POST', '/uploads', body, { ...version, ...part });
    const leased = `select lease_owner from upload_sessions where path = 'stalled.bin' and leased_until > now()`;
    await eventually('it is leased', async () => (await database.query(leased)).rows.length === 1);
    stalled.resolve();
    const answer = await creating;
    expect([answer.status, answer.headers.get('upload-offset')]).toEqual([201, '10']);
    expect((await database.query(leased)).rows).toEqual([]);
  });

  it('does not end any more when its file stands', async () => {
    const address = await opened('stands.bin', 5);
    await patch(api, address, 0, Buffer.from('12345'));
    const answer = await api.send('DELETE', address, null, version);
    expect([answer.status, answer.code]).toEqual([409, 'upload_not_open']);
    await eventually(
      'it is ingested',
      async () => (await api.package(id)).files.find((f) => f.path === 'stands.bin')?.state === 'ingested',
    );
  });

  it('is spoken in one version, and parts have one type', async () => {
    const address = await opened('versions.bin', 5);
    for (const headers of [{}, { 'tus-resumable': '0.2.2' }, { 'tus-resumable': '2.0.0' }] as const)
      for (const method of ['HEAD', 'PATCH', 'DELETE', 'POST'] as const) {
        const answer = await api.send(method, method === 'POST' ? '/uploads' : address, null, headers);
        expect([method, answer.status, answer.headers.get('tus-version')]).toEqual([method, 412, '1.0.0']);
      }
    for (const type of [{ 'content-type': 'application/octet-stream' }, { 'content-type': '' }]) {
      const answer = await patch(api, address, 0, Buffer.from('12345'), type);
      expect([answer.status, answer.code]).toEqual([415, 'request_malformed']);
    }
    expect((await patch(api, address, 0, Buffer.from('12345'))).status).toBe(204);
  });

  it('answers 410 after its time, and its bytes go by themselves', async () => {
    const address = await opened('late.bin', 10);
    await patch(api, address, 0, Buffer.from('12345'));
    const name = address.split('/').pop() ?? '';
    await database.query(`update upload_sessions set expires_at = now() - interval '1 second' where id = $1`, [name]);
    const late = await patch(api, address, 5, Buffer.from('67890'));
    expect([late.status, late.code]).toEqual([410, 'upload_expired']);
    await eventually('its bytes are gone', () => !stagedIn(archive.objects).some((staged) => staged.startsWith(name)), 15_000);
    expect((await api.send('HEAD', address, null, version)).status).toBe(410);
  }, 20_000);

  it('refuses sessions that can never end well before a byte is sent', async () => {
    const conflicts = await api.createPackage();
    const size = { 'upload-length': '5' };
    for (const [answer, status, code] of [
      [await open(id, '../x', size), 400, 'path_invalid'],
      [await open(id, 'x\0y', size), 400, 'request_malformed'],
      [await open('nothing', 'x', size), 404, 'package_not_found'],
      [await open(id, 'x', size, `,sha256 ${b64('nonsense')}`), 400, 'digest_malformed'],
      [await open(id, 'x', size, `,filetype ${b64('a\0b')}`), 400, 'request_malformed'],
      [await open(id, 'x', { 'upload-length': String(65 * mib) }), 413, 'body_too_large'],
      [await open(id, 'x', { 'upload-length': '-1' }), 400, 'request_malformed'],
      [await open(id, 'x', {}), 400, 'request_malformed'],
      [await api.send('POST', '/uploads', null, { ...version, ...size }), 400, 'upload_metadata_invalid'],
      [
        await api.send('POST', '/uploads', null, { ...version, ...size, 'upload-metadata': `path ${b64('x')}` }),
        400,
        'upload_metadata_invalid',
      ],
      [
        await api.send('PATCH', '/uploads/nothing', 'x', {
          ...version,
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
        }),
        404,
        'upload_not_found',
      ],
    ] as const) {
      expect([answer.bytes.toString(), answer.status, answer.code]).toEqual([answer.bytes.toString(), status, code]);
    }
    await api.putFile(conflicts.id, 'x', Buffer.from('x'));
    await api.finalize(conflicts.id);
    expect((await open(conflicts.id, 'y', size)).code).toBe('package_not_open');
  });

  it('is not opened below a file, nor where files lie below', async () => {
    await api.putFile(id, 'taken/part.bin', Buffer.from('first'));
    for (const path of ['taken', 'taken/part.bin/x', 'taken/part.bin.meta/x']) {
      const answer = await open(id, path, { 'upload-length': '5' });
      expect([path, answer.status, answer.code]).toEqual([path, 409, 'path_conflict']);
    }
  });

  it('ends in path_conflict when other bytes stand at the path by then', async () => {
    const address = await opened('taken.bin', 5);
    await api.putFile(id, 'taken.bin', Buffer.from('first'));
    const answer = await patch(api, address, 0, Buffer.from('12345'));
    expect([answer.status, answer.code]).toEqual([409, 'path_conflict']);
  });

  it('opens one session for one Idempotency-Key', async () => {
    const key = { 'upload-length': '5', 'idempotency-key': hexOf(random(8)) };
    const addresses = [await open(id, 'key.bin', key), await open(id, 'key.bin', key)].map((a) => a.headers.get('location'));
    expect(addresses[0]).toBe(addresses[1]);
  });

  it('keeps what arrived when the connection breaks in a part', async () => {
    const bytes = random(2 * mib);
    const address = await opened('broken.bin', bytes.length);
    const headers = { ...version, 'upload-offset': 0, 'content-type': 'application/offset+octet-stream', 'content-length': bytes.length };
    await rawRequest(api, { method: 'PATCH', path: address, headers, body: [bytes.subarray(0, mib)], cut: true });
    const head = await other.send('HEAD', address, null, version);
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBeLessThanOrEqual(mib);
    expect((await patch(other, address, offset, bytes.subarray(offset))).status).toBe(204);
    await eventually(
      'it is ingested',
      async () => (await api.package(id)).files.find((f) => f.path === 'broken.bin')?.state === 'ingested',
    );
    expect((await api.get(filePath(id, 'broken.bin'))).bytes.equals(bytes)).toBe(true);
  }, 30_000);

  it('has one writer at a time, also over two gateways', async () => {
    const bytes = random(mib);
    const address = await opened('two.bin', bytes.length);
    const answers = await Promise.all([api, other, api, other].map((caller) => patch(caller, address, 0, bytes)));
    expect(answers.filter((a) => a.status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500).map(({ bytes: said }) => said.toString())).toEqual([]);
    await eventually('it is ingested', async () => (await api.package(id)).files.find((f) => f.path === 'two.bin')?.state === 'ingested');
    expect((await api.get(filePath(id, 'two.bin'))).bytes.equals(bytes)).toBe(true);
  }, 60_000);
});
