import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError, ConnectionError, DigestMismatch, UnexpectedAnswer } from './api-error.js';
import { memorySource } from './byte-source.js';
import { FakeServer, type Handler } from './fake-server.js';
import { MunimentClient } from './muniment-client.js';

const retry = { attempts: 4, firstDelayMs: 1, maxDelayMs: 4 };
const packageAnswer = {
  id: 'p1',
  state: 'created',
  revision: 1,
  repository: 'acme/widgets',
  name: 'wheelhouse-3.11',
  kind: null,
  version: null,
  producer: 'ci',
  subject: null,
  run: null,
  metadata: {},
  created_at: '2026-11-21T00:00:00.000Z',
  finalize_requested: false,
  validation: null,
  retention: {
    retention_class: 'raw-evidence',
    current_expires_at: null,
    eligible_for_deletion: false,
    eligible_since: null,
    active_holds: [],
    curated_since: null,
    trash: null,
    collected_at: null,
    reasons: [],
    next_change_at: null,
  },
  files: [],
};
const body = { repository: 'acme/widgets', name: 'wheelhouse-3.11', producer: 'ci', retention_class: 'raw-evidence' };

let fake: FakeServer;
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muniment-client-'));
});
afterEach(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});

async function clientOf(handler: Handler): Promise<MunimentClient> {
  fake = await FakeServer.start(handler);
  return new MunimentClient({ url: `${fake.url}/`, token: 'secret', retry });
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

const refusal = (status: number, code: string, more = {}) => ({ type: 'about:blank', title: 't', status, code, detail: 'why', ...more });

describe('retries', () => {
  it('repeats a POST with the same Idempotency-Key after 503, a broken connection and "still running"', async () => {
    let tries = 0;
    const client = await clientOf((_request, response, raw) => {
      tries += 1;
      if (tries === 1) json(response, 503, refusal(503, 'push_back'), { 'retry-after': '0' });
      else if (tries === 2) raw.socket.destroy();
      else if (tries === 3) json(response, 409, refusal(409, 'idempotency_in_progress'), { 'retry-after': '0' });
      else json(response, 201, packageAnswer);
    });
    expect((await client.createPackage(body)).id).toBe('p1');
    const keys = new Set(fake.seen.map((r) => r.headers['idempotency-key']));
    expect(fake.seen).toHaveLength(4);
    expect(keys.size).toBe(1);
    expect(keys.has(undefined)).toBe(false);
    expect(fake.seen.every((r) => r.headers['authorization'] === 'Bearer secret' && r.body.toString() === JSON.stringify(body))).toBe(true);
  });

  it('sends a streamed body whole again', async () => {
    let tries = 0;
    const received = { path: 'a b', size: 5, sha256: 'x', blake3: 'y', state: 'received', deduplicated: false };
    const client = await clientOf((_request, response) => {
      tries += 1;
      if (tries === 1) json(response, 502, {});
      else json(response, 201, received);
    });
    const source = memorySource(Buffer.from('bytes'));
    const sha256 = createHash('sha256').update('bytes').digest('hex');
    await client.putFile({ packageId: 'p1', path: 'a b/ü?.txt', source, mediaType: 'text/plain', sha256 });
    expect(fake.seen.map((r) => r.body.toString())).toEqual(['bytes', 'bytes']);
    expect(fake.seen[1]?.path).toBe('/packages/p1/files/a%20b/%C3%BC%3F.txt');
    expect(fake.seen[1]?.headers['content-length']).toBe('5');
    expect(fake.seen[1]?.headers['repr-digest']).toBe(`sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  });

  it('gives up after the last attempt with the last error', async () => {
    const client = await clientOf((_request, response) => json(response, 503, refusal(503, 'push_back'), { 'retry-after': '0' }));
    await expect(client.package('p1')).rejects.toMatchObject({ status: 503, code: 'push_back' });
    expect(fake.seen).toHaveLength(4);
  });

  it('does not repeat a refusal', async () => {
    const client = await clientOf((_request, response) => json(response, 422, refusal(422, 'meta_disagrees', { fields: ['size'] })));
    const error: unknown = await client.package('p1').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: 'meta_disagrees', detail: 'why', kind: 'unprocessable', facts: { fields: ['size'] } });
    expect(fake.seen).toHaveLength(1);
  });
});

describe('answers', () => {
  it('names an error without a problem document by its status', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<p>no'));
    await expect(client.package('p1')).rejects.toMatchObject({ status: 404, code: 'http_404', kind: null });
  });

  it('says where nobody listens', async () => {
    const client = await clientOf(() => undefined);
    await fake.close();
    const error: unknown = await client.package('p1').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain('ECONNREFUSED');
    fake = await FakeServer.start(() => undefined);
  });

  it('refuses an answer of another shape', async () => {
    const client = await clientOf((_request, response) => json(response, 200, { id: 5 }));
    await expect(client.package('p1')).rejects.toBeInstanceOf(UnexpectedAnswer);
  });

  it('does not follow redirects with the token', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end());
    await expect(client.package('p1')).rejects.toMatchObject({ status: 302 });
  });
});

describe('lists', () => {
  it('reads page after page', async () => {
    const client = await clientOf((request, response) => {
      const after = new URL(request.path, 'http://x').searchParams.get('after');
      const packages = [{ ...packageAnswer, id: after === null ? 'p3' : 'p1' }];
      json(response, 200, { packages, next: after === null ? 'cursor' : null });
    });
    const ids: string[] = [];
    for await (const found of client.packages({ repository: 'acme/widgets', state: 'finalized' })) ids.push(found.id);
    expect(ids).toEqual(['p3', 'p1']);
    expect(fake.seen[1]?.path).toBe('/packages?repository=acme%2Fwidgets&state=finalized&after=cursor');
  });

  it('follows events from the last sequence seen', async () => {
    const event = (sequence: number) => ({
      sequence,
      type: 'v1.package.created',
      time: 't',
      actor: 'a',
      subject: { kind: 'package', id: 'p1' },
      revision: 1,
      payload: {},
      payload_digest: 'd',
    });
    const pages = [[event(1), event(2)], [], [event(3)]];
    const client = await clientOf((_request, response) => json(response, 200, pages.shift() ?? []));
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const found of client.events({ follow: true, pollMs: 1, signal: stop.signal })) {
      seen.push(found.sequence);
      if (found.sequence === 3) stop.abort();
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(fake.seen.map((r) => new URL(r.path, 'http://x').searchParams.get('after'))).toEqual(['0', '2', '2']);
  });
});

describe('download', () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 249));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const field = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  const file = { packageId: 'p1', path: 'w.tgz' };

  it('keeps only verified bytes, under the final name', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(200, { 'repr-digest': field }).end(content));
    const to = join(directory, 'deep', 'w.tgz');
    expect(await client.downloadFile({ ...file, to })).toEqual({ path: to, size: content.length, sha256 });
    expect((await readFile(to)).equals(content)).toBe(true);
    expect(await readdir(join(directory, 'deep'))).toEqual(['w.tgz']);
  });

  it('continues after the byte where the connection broke', async () => {
    const client = await clientOf((request, response, raw) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers['range'] ?? '')?.[1] ?? 0);
      const headers = { etag: '"e"', 'repr-digest': field, 'content-length': String(content.length - from) };
      response.writeHead(from > 0 ? 206 : 200, headers);
      if (from > 0) response.end(content.subarray(from));
      else response.write(content.subarray(0, 60_000), () => setTimeout(() => raw.socket.destroy(), 20));
    });
    const to = join(directory, 'w.tgz');
    expect((await client.downloadFile({ ...file, to, sha256 })).size).toBe(content.length);
    expect((await readFile(to)).equals(content)).toBe(true);
    expect(fake.seen[1]?.headers['if-range']).toBe('"e"');
  });

  it('starts over when the server sends the whole file again', async () => {
    let tries = 0;
    const client = await clientOf((_request, response, raw) => {
      tries += 1;
      response.writeHead(200, { etag: '"e"', 'repr-digest': field, 'content-length': String(content.length) });
      if (tries > 1) response.end(content);
      else response.write(content.subarray(0, 60_000), () => setTimeout(() => raw.socket.destroy(), 20));
    });
    const to = join(directory, 'w.tgz');
    await client.downloadFile({ ...file, to, sha256 });
    expect((await readFile(to)).equals(content)).toBe(true);
  });

  it('leaves nothing behind when the bytes are others', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(200, { 'repr-digest': field }).end('other'));
    await expect(client.downloadFile({ ...file, to: join(directory, 'w.tgz') })).rejects.toBeInstanceOf(DigestMismatch);
    expect(await readdir(directory)).toEqual([]);
  });

  it('addresses a member of an archive', async () => {
    const client = await clientOf((_request, response) => void response.writeHead(200, { 'repr-digest': field }).end(content));
    await client.downloadFile({ ...file, member: '.wheelhouse/a b.whl', to: join(directory, 'm') });
    expect(fake.seen[0]?.path).toBe('/packages/p1/files/w.tgz/members/.wheelhouse/a%20b.whl');
  });
});
