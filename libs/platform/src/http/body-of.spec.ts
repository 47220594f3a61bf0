import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { bodyOf } from './body-of.js';
import { portOf } from './listen.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A server that answers what `read` says of each request; and its port. */
async function serve(read: (request: IncomingMessage) => Promise<string>): Promise<number> {
  const server = createServer((request, response) => {
    read(request).then(
      (said) => response.end(said),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  servers.push(server.listen(0, '127.0.0.1').unref());
  await once(server, 'listening');
  return portOf(server);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyOf(request)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends the pieces one after the other, each when the one before has been on its way for a moment. */
async function send(port: number, pieces: readonly string[]): Promise<string> {
  const request = httpRequest({ port, host: '127.0.0.1', method: 'PUT' });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  for (const piece of pieces) {
    request.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  request.end();
  const [answer] = await answered;
  return textOf(answer);
}

describe('bodyOf', () => {
  it.each([
    ['nothing', []],
    ['one piece', ['whole']],
    ['several pieces', ['first ', 'second ', 'third']],
  ])('gives %s', async (_, pieces) => {
    expect(await send(await serve(textOf), pieces)).toBe(pieces.join(''));
  });

  it('gives what had arrived before anybody asked', async () => {
    const late = await serve(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return textOf(request);
    });
    expect(await send(late, ['early'])).toBe('early');
  });

  it('gives more than any buffer holds, in order', async () => {
    const body = Buffer.from(Uint32Array.from({ length: 2 ** 20 }, (_, n) => n).buffer);
    let size = 0;
    const compared = await serve(async (request) => {
      for await (const chunk of bodyOf(request)) {
        if (body.compare(chunk, 0, chunk.length, size, size + chunk.length) !== 0) return `differs at ${String(size)}`;
        size += chunk.length;
      }
      return 'the same';
    });
    const request = httpRequest({ port: compared, host: '127.0.0.1', method: 'PUT' }).end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(await textOf(answer)).toBe('the same');
    expect(size).toBe(body.length);
  });

  it('asks nothing of a request that nobody reads', async () => {
    const uninterested = await serve(async (request) => {
      bodyOf(request);
      request.resume();
      await once(request, 'end');
      return 'thrown away';
    });
    expect(await send(uninterested, ['a', 'b'])).toBe('thrown away');
  });

  it('leaves the connection to whoever leaves it, so that the answer arrives', async () => {
    const impatient = await serve(async (request) => {
      for await (const chunk of bodyOf(request)) return `enough after ${String(chunk.length > 0)}`;
      return 'nothing came';
    });
    expect(await send(impatient, ['a', 'b', 'c'])).toBe('enough after true');
    // The next request on the connection is a request again.
    expect(await send(impatient, ['a'])).toBe('enough after true');
  });

  it.each([
    ['in the middle', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf'],
    ['before the first byte', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'],
    ['within a chunk', 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nA\r\nhalf'],
  ])('refuses what broke off %s', async (_, sent) => {
    const outcome = Promise.withResolvers<unknown>();
    const port = await serve(async (request) => {
      await textOf(request).then(outcome.resolve, outcome.resolve);
      return '';
    });
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    setTimeout(() => socket.destroy(), 30);
    expect(await outcome.promise).toMatchObject({ code: 'body_incomplete' });
  });
});
