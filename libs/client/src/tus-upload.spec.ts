import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiError } from './api-error.js';
import { memorySource } from './byte-source.js';
import { MunimentClient } from './muniment-client.js';

const retry = { attempts: 4, firstDelayMs: 1, maxDelayMs: 4 };
const payload = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

/** A tus server in memory that can cut connections and forget uploads. */
class FakeTus {
  readonly uploads = new Map<string, { bytes: Buffer; length: number; metadata: string }>();
  readonly log: string[] = [];
  /** Bytes after which the next PATCH is cut; one entry per PATCH, `null` for none. */
  cuts: (number | null)[] = [];
  sayCommitted = true;
  private server: Server | null = null;

  async start(): Promise<string> {
    const server = createServer((request, response) => this.answer(request, response));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.log.push(`${request.method ?? ''} ${String(request.headers['upload-offset'] ?? '')}`.trim());
    if (request.method === 'POST') {
      const id = `u${this.uploads.size + 1}`;
      const length = Number(request.headers['upload-length']);
      this.uploads.set(id, { bytes: Buffer.alloc(0), length, metadata: String(request.headers['upload-metadata']) });
      response.writeHead(201, { location: `http://elsewhere.invalid/uploads/${id}` }).end();
      return;
    }
    const upload = this.uploads.get(String(request.url).replace('/uploads/', ''));
    if (upload === undefined) response.writeHead(404).end();
    else if (request.method === 'HEAD') {
      response.writeHead(200, { 'upload-offset': String(upload.bytes.length), 'upload-length': String(upload.length) }).end();
    } else this.patch(upload, request, response);
  }

  private patch(upload: { bytes: Buffer; length: number }, request: IncomingMessage, response: ServerResponse): void {
    if (Number(request.headers['upload-offset']) !== upload.bytes.length) {
      const body = { type: 'about:blank', title: 'Conflict', status: 409, code: 'upload_offset_mismatch', detail: 'other offset' };
      response.writeHead(409, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
      request.resume();
      return;
    }
    const cut = this.cuts.shift() ?? null;
    const before = upload.bytes.length;
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => {
      const room = cut === null ? chunk.length : Math.max(0, cut - (upload.bytes.length - before));
      upload.bytes = Buffer.concat([upload.bytes, chunk.subarray(0, room)]);
      if (cut !== null && upload.bytes.length - before >= cut) request.socket.destroy();
    });
    request.on('end', () => {
      const done = upload.bytes.length === upload.length && this.sayCommitted;
      response.writeHead(204, { 'upload-offset': String(upload.bytes.length), ...(done ? { 'upload-committed': 'received' } : {}) }).end();
    });
  }
}

let fake: FakeTus;
afterEach(() => fake.close());

async function upload(extra: { resume?: string; chunkBytes?: number; onAddress?: (a: string) => void } = {}): Promise<boolean> {
  const client = new MunimentClient({ url: await fake.start(), token: 't', retry });
  const common = { packageId: 'p1', path: 'dir/ü.tgz', source: memorySource(payload), sha256: 'ab'.repeat(32), mediaType: 'a/b' };
  return client.uploadResumable({ ...common, ...extra });
}

describe('resumable upload', () => {
  it('continues where a broken connection left it, and sends no byte twice', async () => {
    fake = new FakeTus();
    fake.cuts = [70_000, 100_000];
    expect(await upload()).toBe(true);
    expect(fake.log).toEqual(['POST', 'PATCH 0', 'HEAD', 'PATCH 70000', 'HEAD', 'PATCH 170000']);
    expect(fake.uploads.get('u1')?.bytes.equals(payload)).toBe(true);
  });

  it('declares package, path, digest and type, and uses only the path of the address it is given', async () => {
    fake = new FakeTus();
    const addresses: string[] = [];
    await upload({ onAddress: (address) => addresses.push(address) });
    const metadata = Object.fromEntries(
      (fake.uploads.get('u1')?.metadata ?? '').split(',').map((entry) => {
        const [key = '', value = ''] = entry.split(' ');
        return [key, Buffer.from(value, 'base64').toString('utf8')];
      }),
    );
    expect(metadata).toEqual({ package_id: 'p1', path: 'dir/ü.tgz', sha256: 'ab'.repeat(32), filetype: 'a/b' });
    expect(addresses).toEqual(['http://elsewhere.invalid/uploads/u1']);
  });

  it('resumes an upload of an earlier run by its address', async () => {
    fake = new FakeTus();
    fake.uploads.set('old', { bytes: payload.subarray(0, 123_456), length: payload.length, metadata: '' });
    expect(await upload({ resume: '/uploads/old' })).toBe(true);
    expect(fake.log).toEqual(['HEAD', 'PATCH 123456']);
    expect(fake.uploads.get('old')?.bytes.equals(payload)).toBe(true);
  });

  it.each([
    ['is gone', undefined],
    ['has another length', { bytes: Buffer.alloc(5), length: 7, metadata: '' }],
  ])('begins anew when the remembered upload %s', async (_why, old) => {
    fake = new FakeTus();
    if (old) fake.uploads.set('old', old);
    expect(await upload({ resume: '/uploads/old' })).toBe(true);
    expect(fake.log.slice(0, 2)).toEqual(['HEAD', 'POST']);
  });

  it('sends requests of bounded size', async () => {
    fake = new FakeTus();
    await upload({ chunkBytes: 128 * 1024 });
    expect(fake.log).toEqual(['POST', 'PATCH 0', 'PATCH 131072', 'PATCH 262144']);
    expect(fake.uploads.get('u1')?.bytes.equals(payload)).toBe(true);
  });

  it('sends nothing to an upload that it finds complete, and leaves it to the caller to look at the package', async () => {
    fake = new FakeTus();
    fake.uploads.set('old', { bytes: payload, length: payload.length, metadata: '' });
    expect(await upload({ resume: '/uploads/old' })).toBe(false);
    expect(fake.log).toEqual(['HEAD']);
  });

  it('says so when the server took every byte without saying that the file is committed', async () => {
    fake = new FakeTus();
    fake.sayCommitted = false;
    expect(await upload()).toBe(false);
  });

  it('gives up after as many failures in a row as the policy allows', async () => {
    fake = new FakeTus();
    fake.cuts = [0, 0, 0, 0, 0, 0, 0];
    await expect(upload()).rejects.toMatchObject({ name: 'ConnectionError' });
    expect(fake.log.filter((entry) => entry.startsWith('PATCH'))).toHaveLength(4);
  });

  it('does not repeat what was refused', async () => {
    fake = new FakeTus();
    const client = new MunimentClient({ url: await fake.start(), token: null, retry });
    await expect(client.abortUpload('/uploads/none')).rejects.toBeInstanceOf(ApiError);
  });
});
