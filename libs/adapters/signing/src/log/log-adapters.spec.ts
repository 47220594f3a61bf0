import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FileCheckpointMemory } from './file-checkpoint-memory.js';
import { HttpLogWitness } from './http-log-witness.js';
import { logConfig, type WitnessAddress } from './log-config.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = Buffer.concat([Uint8Array.of(4), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')]);
const id = hash('sha256', Buffer.concat([Buffer.from('w.example\n'), raw]), 'buffer').subarray(0, 4);
const key = `w.example+${id.toString('hex')}+${raw.toString('base64')}`;
const schema = z.object(logConfig);
const parse = (witnesses: string) => schema.safeParse({ MUNIMENT_LOG_WITNESSES: witnesses });

describe('the configuration of the log', () => {
  it('names witnesses by key and address', () => {
    const parsed = parse(`${key} https://one.example/w/, ${key}  http://two.example:8080`);
    expect(parsed.data?.MUNIMENT_LOG_WITNESSES.map(({ key: { name }, url }) => [name, url])).toEqual([
      ['w.example', 'https://one.example/w'],
      ['w.example', 'http://two.example:8080'],
    ]);
    expect(parse('').data?.MUNIMENT_LOG_WITNESSES).toEqual([]);
  });

  it.each([key, `${key} ftp://x`, `${key} https://x y`, 'https://x', `x+00000000+AAAA https://x`])('refuses %s', (text) => {
    expect(parse(text).success).toBe(false);
  });
});

describe("the signer's memory", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'muniment-memory-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is what was written last, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'made', 'on', 'demand');
    const memory = new FileCheckpointMemory(file);
    expect(await memory.read()).toBeNull();
    await memory.write('first\n');
    await memory.write('second\n');
    expect(await new FileCheckpointMemory(file).read()).toBe('second\n');
    expect(readdirSync(path.dirname(file))).toEqual(['demand']);
  });

  it('keeps what it had when it cannot be written', async () => {
    const file = path.join(folder, 'memory');
    await new FileCheckpointMemory(file).write('first\n');
    const below = new FileCheckpointMemory(path.join(file, 'below'));
    await expect(below.write('x')).rejects.toThrow();
    await expect(below.read()).rejects.toThrow('ENOTDIR');
    expect([readFileSync(file, 'utf8'), existsSync(`${file}/below`)]).toEqual(['first\n', false]);
  });
});

describe('a log witness over HTTP', () => {
  let server: Server | undefined;
  afterEach(() => server?.close().closeAllConnections());
  const witness = async (answer: RequestListener): Promise<HttpLogWitness> => {
    server = createServer(answer);
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const [parsed] = parse(`${key} http://127.0.0.1:${port}/prefix`).data?.MUNIMENT_LOG_WITNESSES ?? [];
    return new HttpLogWitness(parsed as WitnessAddress);
  };
  const ask = (asked: HttpLogWitness, signal = new AbortController().signal) => asked.addCheckpoint('old 0\n\nnote\n', signal);

  it('is sent the request, and its lines are told', async () => {
    let heard = '';
    const asked = await witness((request, response) => {
      heard = `${request.method} ${request.url} `;
      request.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      request.on('end', () => response.end('— lines\n'));
    });
    expect(await ask(asked)).toEqual({ lines: '— lines\n' });
    expect(heard).toBe('POST /prefix/add-checkpoint old 0\n\nnote\n');
  });

  it('says which size it knows', async () => {
    const asked = await witness((_, response) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('17\n'));
    expect(await ask(asked)).toEqual({ knows: 17 });
  });

  it.each<readonly [string, RequestListener]>([
    ['another answer', (_, response) => response.writeHead(403).end('no')],
    ['a size without its media type', (_, response) => response.writeHead(409, { 'content-type': 'text/plain' }).end('17\n')],
    ['no size', (_, response) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('many\n')],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['too much', (_, response) => response.end('x'.repeat(70_000))],
    ['a broken connection', (_, response) => response.destroy()],
  ])('that sends %s is an error', async (_, answer) => {
    await expect(ask(await witness(answer))).rejects.toThrow();
  });

  it('is not waited for when the service ends', async () => {
    const ending = new AbortController();
    const asked = await witness(() => ending.abort());
    await expect(ask(asked, ending.signal)).rejects.toThrow('abort');
  });

  it('has its signature checked', async () => {
    const asked = await witness((_, response) => response.end());
    const signed = (text: string): string => {
      const time = Buffer.from([0, 0, 0, 0, 0, 0, 0, 9]);
      const signature = sign(null, Buffer.from(`cosignature/v1\ntime 9\n${text}`), privateKey);
      return `— w.example ${Buffer.concat([id, time, signature]).toString('base64')}\n`;
    };
    expect(asked.cosignatureIn('text\n', `— other AAAAAAAA\n${signed('text\n')}`)).toBe(signed('text\n'));
    expect(asked.cosignatureIn('text\n', '— other AAAAAAAA\n')).toBeNull();
    expect(() => asked.cosignatureIn('text\n', signed('another\n'))).toThrow('the cosignature by w.example is wrong');
  });
});
