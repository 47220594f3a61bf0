import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { goodWheelhouse } from '../corpus/good-files.js';
import { startArchive, type ArchiveUnderTest } from '../stack/archive.js';

/** A collector that keeps what it was sent: OTLP/HTTP bodies are protobuf, in which ids and names stand as plain bytes. */
class Collector {
  readonly bodies: Buffer[] = [];
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.bodies.push(Buffer.concat(chunks));
      response.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** True when a batch of spans of that service belongs, in part, to the trace and names the span. */
  saw(service: string, traceId: string, span: string): boolean {
    const id = Buffer.from(traceId, 'hex');
    return this.bodies.some((body) => body.includes(id) && body.includes(service) && body.includes(span));
  }
}

describe('one trace follows a package', () => {
  const collector = new Collector();
  let archive: ArchiveUnderTest;

  beforeAll(async () => {
    archive = await startArchive({ services: ['gateway', 'hasher'], env: { MUNIMENT_OTLP_ENDPOINT: await collector.start() } });
  }, 120_000);

  afterAll(async () => {
    await archive.stop();
    await collector.stop();
  });

  it('from the upload through the event to the job of another service', async () => {
    const traceId = randomBytes(16).toString('hex');
    const headers = { Authorization: `Bearer ${archive.token}`, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
    const created = await fetch(`${archive.url}/packages`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ repository: 'acme/widgets', name: 'w', producer: 'ci', retention_class: 'transient' }),
    });
    const { id } = (await created.json()) as { id: string };
    const put = await fetch(`${archive.url}/packages/${id}/files/wheelhouse-3.11.tgz`, {
      method: 'PUT',
      headers,
      body: new Uint8Array(goodWheelhouse()),
    });
    expect(put.status).toBe(201);
    const finalized = await fetch(`${archive.url}/packages/${id}/finalize`, { method: 'POST', headers: { ...headers, Prefer: 'wait=30' } });
    expect(finalized.status).toBe(200);
    for (let tries = 0; tries < 100 && !collector.saw('hasher', traceId, 'job finalize-package'); tries++) await pause(200);
    expect(collector.saw('gateway', traceId, 'PUT')).toBe(true);
    expect(collector.saw('hasher', traceId, 'job verify-file')).toBe(true);
    expect(collector.saw('hasher', traceId, 'job finalize-package')).toBe(true);
  }, 60_000);

  it('and every service tells its metrics', async () => {
    const names: Record<string, string> = { gateway: 'muniment_event_log_head_sequence', hasher: 'muniment_files_verified_total' };
    for (const service of archive.running) {
      const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
      expect(text).toContain(names[service.service]);
    }
  });
});
