import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parseSha256 } from '@muniment/domain';
import { S3Store } from './s3-store.js';

const idleMs = 300;
const blob = parseSha256('a'.repeat(64));

/** How the S3 store behaves when the far side does not: a real server on loopback that misbehaves as told. */
describe('S3 connection', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));

  const listening = async (server: net.Server): Promise<S3Store> => {
    const sockets = new Set<net.Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => (server.close(), sockets.forEach((socket) => socket.destroy())));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new S3Store({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      bucket: 'bucket',
      accessKey: 'a',
      secretKey: 's',
      idleMs,
    });
  };
  const answering = (handler: http.RequestListener): Promise<S3Store> => listening(http.createServer(handler));

  async function drain(store: S3Store): Promise<number> {
    let received = 0;
    for await (const chunk of (await store.openBlob(blob))?.stream ?? []) received += (chunk as Buffer).length;
    return received;
  }

  it('rejects when the server accepts and never answers', async () => {
    const store = await listening(net.createServer());
    await expect(store.openBlob(blob)).rejects.toMatchObject({ name: 'DeadConnection' });
    await expect(store.stage('staging/x', oneByte())).rejects.toMatchObject({ name: 'DeadConnection' });
  });

  it('rejects when nobody listens', async () => {
    const store = new S3Store({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1', bucket: 'bucket', accessKey: 'a', secretKey: 's' });
    await expect(store.openBlob(blob)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('fails the stream when the server falls silent in the middle', async () => {
    const store = await answering((_, response) => void response.writeHead(200, { 'content-length': '1000' }).write('half'));
    await expect(drain(store)).rejects.toMatchObject({ name: 'DeadConnection' });
  });

  it('fails the stream when the connection breaks in the middle', async () => {
    const store = await answering((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setImmediate(() => response.destroy());
    });
    await expect(drain(store)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('fails when a listing falls silent in the middle', async () => {
    const store = await answering((_, response) => void response.writeHead(200, { 'content-length': '1000' }).write('<ListBucketResult>'));
    await expect(store.listBlobs(new Date())[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'DeadConnection' });
  });

  it('does not take a slow reader for a dead connection', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024, 1);
    const store = await answering((_, response) => void response.writeHead(200, { 'content-length': String(body.length) }).end(body));
    let received = 0;
    for await (const chunk of (await store.openBlob(blob))?.stream ?? []) {
      if (received === 0) await pause(idleMs * 3);
      received += (chunk as Buffer).length;
    }
    expect(received).toBe(body.length);
  });

  it('repeats what a busy server refused', async () => {
    let requests = 0;
    const store = await answering((_, response) => {
      requests += 1;
      if (requests < 4) response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
      else response.writeHead(200, { 'content-length': '2' }).end('ok');
    });
    expect(await drain(store)).toBe(2);
    expect(requests).toBe(4);
  });

  it('gives up on a server that stays busy, and names the status', async () => {
    let requests = 0;
    const store = await answering((_, response) => {
      requests += 1;
      response.writeHead(503).end();
    });
    await expect(store.openBlob(blob)).rejects.toMatchObject({ name: 'TransientAnswer', status: 503 });
    expect(requests).toBe(4);
  });

  it('does not repeat a final answer, and keeps secrets out of the error', async () => {
    let requests = 0;
    const store = await answering((_, response) => {
      requests += 1;
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    });
    const failure: unknown = await store.openBlob(blob).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'AccessDenied' });
    expect(requests).toBe(1);
  });

  it('rejects when the stored size is not the acknowledged size', async () => {
    const methods: string[] = [];
    const store = await answering((request, response) => {
      methods.push(request.method ?? '');
      request.resume();
      response.writeHead(request.method === 'DELETE' ? 204 : 200, request.method === 'HEAD' ? { 'content-length': '7' } : {}).end();
    });
    await expect(store.stage('staging/x', oneByte())).rejects.toThrow('holds 7 bytes of the 1');
    expect(methods).toEqual(['PUT', 'HEAD', 'DELETE']);
  });
});

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('x'));
}
