import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { postJson, type PostOptions } from './post-json.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/path`;
}

/** What the error says. Nothing that a log could show of it, its causes included, is secret. */
async function failure(listener: RequestListener, patienceMs = 5_000, options: PostOptions = {}): Promise<string> {
  const url = await answering(listener);
  const error = await postJson(url, { token: 'secret sent' }, patienceMs, options).then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: Infinity })).not.toContain('secret');
  return error instanceof Error ? error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'host') : '';
}

describe('posting JSON', () => {
  it('answers what the server answers, sent with the headers that were asked for', async () => {
    const url = await answering((request, response) =>
      response.end(JSON.stringify([request.headers['x-token'], request.headers['content-type']])),
    );
    expect(await postJson(url, {}, 5_000, { headers: { 'x-token': 'let me in' } })).toEqual(['let me in', 'application/json']);
  });

  it('quotes neither what it sent nor what came back when that is no JSON, a refusal or a redirect', async () => {
    expect(await failure((_, response) => response.end('<html>secret answered</html>'))).toBe(
      'host answered with something that is no JSON',
    );
    expect(await failure((_, response) => response.writeHead(500).end('secret answered'))).toBe('host answered 500');
    expect(await failure((_, response) => response.writeHead(307, { location: 'http://secret.example.org/' }).end())).toBe(
      'host answered 307',
    );
  });

  it('says what a refusal means where that is known', async () => {
    const reasonOf = (answered: string): string | null => (answered.includes('gone fishing') ? 'the server rests' : null);
    expect(await failure((_, response) => response.writeHead(503).end('gone fishing, secret answered'), 5_000, { reasonOf })).toBe(
      'host answered 503: the server rests',
    );
    expect(await failure((_, response) => response.writeHead(503).end('secret answered'), 5_000, { reasonOf })).toBe('host answered 503');
  });

  it.each([
    ['before it answers', () => undefined],
    ['in the middle of its answer', (_, response) => void response.write('{')],
  ] as const satisfies readonly (readonly [string, RequestListener])[])(
    'gives up on a server that falls silent %s',
    async (_, listener) => {
      expect(await failure(listener, 100)).toBe('host did not answer in time');
    },
  );

  it('reads no more than 256 KiB', async () => {
    expect(await failure((_, response) => response.end(JSON.stringify('x'.repeat(256 * 1024))))).toBe('host answers too much');
  });

  it('says that nobody is there, or that the connection broke', async () => {
    const url = await answering(() => undefined);
    await new Promise((closed) => servers[0]?.close(closed));
    await expect(postJson(url, {}, 5_000)).rejects.toThrow('cannot be reached');
    expect(await failure((request) => request.socket.destroy())).toBe('host cannot be reached');
  });
});
