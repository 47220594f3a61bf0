import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Put, Req, Res } from '@nestjs/common';
import { MessagePattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { Refusal } from '@muniment/domain';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { lastValueFrom } from 'rxjs';
import { z } from 'zod';
import { bodyOf } from '../http/body-of.js';
import type { ServiceDefinition } from './definition.js';
import { startService, type RunningService } from './start-service.js';

const config = { MUNIMENT_PORT: z.coerce.number().default(0) };
type Definition = ServiceDefinition<typeof config>;
const quiet = { MUNIMENT_LOG_LEVEL: 'fatal' };

let entered: () => void = () => undefined;
let release: Promise<void> = Promise.resolve();
let answered: () => void = () => undefined;

@Controller()
class Edge {
  @Get('slow/:id')
  async slow(@Res({ passthrough: true }) response: ServerResponse): Promise<{ done: boolean }> {
    response.once('finish', () => answered());
    entered();
    await release;
    return { done: true };
  }
  @Put('refuse')
  async refuse(@Req() request: IncomingMessage): Promise<void> {
    for await (const chunk of bodyOf(request)) throw new Refusal('digest_mismatch', `${String(chunk.length > 0)}`);
  }
  @MessagePattern('job')
  job(): never {
    throw new Refusal('archive_corrupt', 'The archive is broken.');
  }
}

@Module({ controllers: [Edge] })
class EdgeModule {}

/** Hands jobs to handlers in the same process. */
class DirectTransport extends Server implements CustomTransportStrategy {
  closed = 0;
  listen(callback: () => void): void {
    callback();
  }
  close(): void {
    this.closed += 1;
  }
  on(): void {
    // No events.
  }
  unwrap<T>(): T {
    throw new Error('nothing inside');
  }
  async run(pattern: string): Promise<unknown> {
    const handler = this.getHandlers().get(pattern);
    if (handler === undefined) throw new Error(`no handler for ${pattern}`);
    return lastValueFrom(this.transformToObservable(await handler({})));
  }
}

const running: RunningService[] = [];
const http: Definition['http'] = { port: () => 0 };
async function start(definition: Partial<Definition>): Promise<RunningService> {
  const service = await startService({ name: 'test', config, module: () => EdgeModule, ...definition }, quiet);
  running.push(service);
  return service;
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

const at = (service: RunningService, path: string): string => `http://127.0.0.1:${String(service.port)}${path}`;
const atAdmin = (service: RunningService, path: string): string => `http://127.0.0.1:${String(service.adminPort)}${path}`;

describe('startService', () => {
  it('answers health on both ports, metrics only on the operators port', async () => {
    const service = await start({
      http,
      probes: () => [{ name: 'store', critical: true, check: () => Promise.reject(new Error('away')) }],
    });
    for (const url of [at(service, '/healthz'), atAdmin(service, '/healthz'), atAdmin(service, '/livez')]) {
      expect((await fetch(url)).status).toBe(200);
    }
    for (const url of [at(service, '/readyz'), atAdmin(service, '/readyz')]) {
      const answer = await fetch(url);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ status: 'not_ready', checks: [{ name: 'store', reason: 'away' }] });
    }
    expect((await fetch(at(service, '/metrics'))).status).toBe(404);
  });

  it('answers problems for unknown routes', async () => {
    const answer = await fetch(at(await start({ http }), '/nothing'));
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 404, code: 'route_not_found' });
  });

  it('lets a client that is still sending read why it was refused', async () => {
    const service = await start({ http });
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const request = httpRequest(at(service, '/refuse'), { method: 'PUT', headers: { 'Content-Length': String(2 ** 40) } }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode, body });
          request.destroy();
        });
      });
      request.on('error', reject);
      request.write(Buffer.alloc(1024 * 1024));
    });
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'digest_mismatch' });
  });

  it('ends the running request, then loops and adapters, the last opened first; new requests find a closed door', async () => {
    const order: string[] = [];
    const started = new Promise<void>((resolve) => (entered = resolve));
    // When the whole answer is sent, not when the client has read it: in a busy process that is later.
    answered = () => void order.push('answered');
    let finish: () => void = () => undefined;
    release = new Promise((resolve) => (finish = resolve));
    const service = await start({
      http,
      module: (_config, host) => {
        host.closing.add('database', null, () => order.push('database'));
        host.closing.add('store', null, () => order.push('store'));
        host.draining.addEventListener('abort', () => order.push('draining'));
        return EdgeModule;
      },
      background: () => [{ name: 'loop', start: () => void order.push('started'), stop: () => void order.push('stopped') }],
    });
    const answer = fetch(at(service, '/slow/1')).then((response) => response.json());
    await started;
    const stopping = service.stop();
    await expect(fetch(at(service, '/healthz'))).rejects.toThrow();
    const readiness = await fetch(atAdmin(service, '/readyz'));
    expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'not_ready', phase: 'draining', checks: [] }]);
    finish();
    expect(await answer).toEqual({ done: true });
    expect(await stopping).toBe(true);
    expect(order).toEqual(['started', 'draining', 'stopped', 'answered', 'store', 'database']);
  });

  it('hands the original error of a job to the transport and closes it once', async () => {
    const transport = new DirectTransport();
    const service = await start({ lanes: ['pipeline'], transport: () => transport });
    await expect(transport.run('job')).rejects.toMatchObject({ name: 'Refusal', code: 'archive_corrupt' });
    expect(service.port).toBeNull();
    await service.stop();
    expect(transport.closed).toBe(1);
  });

  it('says that a port is taken, and closes what it had opened', async () => {
    const first = await start({ http });
    let closed = false;
    const second = start({
      http: { port: () => first.port ?? 0 },
      module: (_config, host) => {
        host.closing.add('database', null, () => (closed = true));
        return EdgeModule;
      },
    });
    await expect(second).rejects.toThrow(/\(MUNIMENT_PORT\): another program already uses this port/);
    expect(closed).toBe(true);
  });

  it('refuses lanes without a transport', async () => {
    await expect(start({ lanes: ['pipeline'] })).rejects.toThrow('both lanes and transport');
  });
});
