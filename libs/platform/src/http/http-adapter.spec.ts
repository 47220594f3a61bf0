import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { HttpAdapter } from './http-adapter.js';

const prototypes: unknown[] = [];

@Controller()
class Things {
  @Post('made')
  made(@Req() request: Request, @Res({ passthrough: true }) response: Response): object {
    prototypes.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    return { name: 'über' };
  }
  @Post('found')
  @HttpCode(200)
  found(): object {
    return { found: true };
  }
  @Post('record')
  record(@Res({ passthrough: true }) response: Response): object {
    response.type('application/vnd.record+json');
    return { record: 1 };
  }
  @Post('list')
  list(): readonly number[] {
    return [1, 2];
  }
  @Post('nothing')
  @HttpCode(204)
  nothing(): void {
    // Nothing to say.
  }
  @Get('known')
  known(@Res({ passthrough: true }) response: Response): object {
    response.setHeader('ETag', '"1"');
    return { known: true };
  }
}

@Module({ controllers: [Things] })
class ThingsModule {}

let app: NestExpressApplication;
let url: string;
beforeEach(async () => {
  app = await NestFactory.create<NestExpressApplication>(ThingsModule, new HttpAdapter(), { bodyParser: false, logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterEach(() => app.close());

const post = (path: string): Promise<globalThis.Response> => fetch(`${url}/${path}`, { method: 'POST' });

describe('HttpAdapter', () => {
  it('makes requests and answers as Express wants them, with all that Express gives them', async () => {
    await post('made');
    const express = app.getHttpAdapter().getInstance() as { readonly request: object; readonly response: object };
    expect(prototypes.splice(0).map((prototype, n) => prototype === [express.request, express.response][n])).toEqual([true, true]);
  });

  it.each([
    ['made', 201, '{"name":"über"}', 'application/json; charset=utf-8'],
    ['found', 200, '{"found":true}', 'application/json; charset=utf-8'],
    ['record', 201, '{"record":1}', 'application/vnd.record+json; charset=utf-8'],
    ['list', 201, '[1,2]', 'application/json; charset=utf-8'],
    ['nothing', 204, '', null],
  ])('answers POST %s', async (path, status, body, type) => {
    const answer = await post(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(await answer.text()).toBe(body);
    expect(answer.headers.get('content-length')).toBe(status === 204 ? null : String(Buffer.byteLength(body)));
  });

  it('leaves it to Express that a client has the answer already', async () => {
    expect((await fetch(`${url}/known`)).status).toBe(200);
    // Not by fetch, which asks that no cache answers.
    const [known] = (await once(get(`${url}/known`, { headers: { 'If-None-Match': '"1"' } }), 'response')) as [IncomingMessage];
    known.resume();
    expect(known.statusCode).toBe(304);
    const head = await fetch(`${url}/known`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
