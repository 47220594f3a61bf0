import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';
import { portOf } from '../http/listen.js';
import { observeRequests } from './observe-requests.js';

const exporter = new InMemorySpanExporter();
const prometheus = new PrometheusExporter({ preventServerStart: true });
const sdk = new NodeSDK({
  autoDetectResources: false,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
  logRecordProcessors: [],
  metricReaders: [prometheus],
  instrumentations: [],
});
let server: Server;
let url: string;

beforeAll(async () => {
  sdk.start();
  const app: Express = new ExpressAdapter().getInstance();
  app.use(observeRequests());
  app.get('/packages/:id', async (_request, response) => {
    await Promise.resolve();
    response.send(trace.getActiveSpan()?.spanContext().traceId);
  });
  app.get('/broken', (_request, response) => void response.status(503).end());
  app.get('/silent', () => undefined);
  server = createServer(app as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${String(portOf(server))}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await sdk.shutdown();
});

beforeEach(() => {
  exporter.reset();
});

/** The span ends when the server is done, which may be a moment after the client is. */
async function finishedSpan() {
  for (let tries = 0; tries < 1_000 && exporter.getFinishedSpans().length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 2));
  return exporter.getFinishedSpans()[0];
}

async function spanOf(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${url}${path}`, { headers });
  return { text: await response.text(), span: await finishedSpan() };
}

describe('a request', () => {
  it('is a span named by its route, without its query, and runs inside of it', async () => {
    const { text, span } = await spanOf('/packages/7?token=secret');
    expect(span?.name).toBe('GET /packages/:id');
    expect(span?.spanContext().traceId).toBe(text);
    expect(span?.attributes).toMatchObject({ 'http.route': '/packages/:id', 'http.response.status_code': 200, 'url.path': '/packages/7' });
    expect(JSON.stringify(span?.attributes)).not.toContain('secret');
  });

  it('continues the trace of its client', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { text, span } = await spanOf('/packages/7', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(text).toBe(traceId);
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  });

  it('that no route answers is named by its method alone', async () => {
    expect((await spanOf('/nowhere')).span?.name).toBe('GET');
  });

  it('that the server failed is marked', async () => {
    expect((await spanOf('/broken')).span?.attributes).toMatchObject({ 'error.type': '503', 'http.response.status_code': 503 });
  });

  it('whose client leaves before it is answered has no status', async () => {
    await expect(fetch(`${url}/silent`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    const span = await finishedSpan();
    expect(span?.name).toBe('GET /silent');
    expect(span?.attributes).not.toHaveProperty('http.response.status_code');
  });

  it('is measured by its route, never by its path', async () => {
    await spanOf('/packages/only-here');
    const { resourceMetrics } = await prometheus.collect();
    const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((one) => one.dataPoints as readonly object[]));
    expect(points).toContainEqual(
      expect.objectContaining({ attributes: expect.objectContaining({ 'http.route': '/packages/:id', 'http.response.status_code': 200 }) }),
    );
    expect(JSON.stringify(points)).not.toContain('only-here');
  });
});
