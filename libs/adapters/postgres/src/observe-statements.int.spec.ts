import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { openPostgres } from './spec-support/appending.js';
import { startScratchServer, type ScratchServer } from './spec-support/scratch-server.js';
import type { Postgres } from './postgres.js';

const exporter = new InMemorySpanExporter();
const prometheus = new PrometheusExporter({ preventServerStart: true });
const sdk = new NodeSDK({
  autoDetectResources: false,
  spanProcessors: [new SimpleSpanProcessor({ exporter })],
  logRecordProcessors: [],
  metricReaders: [prometheus],
  instrumentations: [],
});
let server: ScratchServer;
let postgres: Postgres;

beforeAll(async () => {
  sdk.start();
  server = await startScratchServer();
  postgres = openPostgres((await server.migrated()).serviceUrl, 2);
}, 120_000);

afterAll(async () => {
  await postgres.close();
  await server.stop();
  await sdk.shutdown();
});

beforeEach(() => exporter.reset());

const inASpan = <T>(work: () => Promise<T>): Promise<T> =>
  trace.getTracer('test').startActiveSpan('work', async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });

/** Spans of statements, as they ended. */
const statements = () => exporter.getFinishedSpans().filter(({ name }) => name !== 'work');

async function measured(): Promise<string> {
  const { resourceMetrics } = await prometheus.collect();
  return JSON.stringify(resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics));
}

describe('a statement', () => {
  it('is a span of the work that sent it, without the values it had', async () => {
    const { rows } = await inASpan(() =>
      postgres.database.pool.query<{ n: string }>({ text: '-- why\n select $1::text as n', values: ['secret'] }),
    );
    expect(rows).toEqual([{ n: 'secret' }]);
    const [work] = exporter.getFinishedSpans().filter(({ name }) => name === 'work');
    const [span] = statements();
    expect(span?.name).toBe('SELECT');
    expect(span?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId);
    expect(span?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'SELECT',
      'db.query.text': '-- why\n select $1::text as n',
    });
  });

  it('is observed within a transaction and from the client of Prisma too', async () => {
    await inASpan(() => postgres.database.transaction((client) => client.query('select 1')));
    expect(statements().map(({ name }) => name)).toEqual(['BEGIN', 'SELECT', 'COMMIT']);
    exporter.reset();
    await inASpan(() => postgres.database.prisma.$queryRaw`select 1`);
    expect(statements().map(({ name }) => name)).toContain('SELECT');
  });

  it('has no span outside of any work, and gives what it would have given', async () => {
    const [{ rowCount }] = await Promise.all([postgres.database.pool.query('values (1), (2)'), postgres.database.check()]);
    expect(rowCount).toBe(2);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('that the server refuses is told by its SQLSTATE and nothing that it said', async () => {
    const refused = inASpan(() => postgres.database.pool.query("select 'secret'::int"));
    await expect(refused).rejects.toMatchObject({ code: '22P02' });
    const [span] = statements();
    expect(span?.attributes['error.type']).toBe('22P02');
    expect(span?.events).toEqual([]);
    expect(await measured()).toContain('"error.type":"22P02"');
    expect(await measured()).not.toContain('secret');
  });

  it('counts in a duration by its operation; the connections are counted too', async () => {
    const client = await postgres.database.pool.connect();
    await client.query('select 1');
    const text = await measured();
    client.release();
    for (const part of [
      'db.client.operation.duration',
      '"db.operation.name":"SELECT"',
      '"db.operation.name":"OTHER"',
      '"db.client.connection.state":"used"',
      'db.client.connection.pending_requests',
    ])
      expect(text).toContain(part);
  });
});
