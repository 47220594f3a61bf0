import { metrics, SpanKind, SpanStatusCode, trace, type Attributes, type Histogram, type Span } from '@opentelemetry/api';
import type pg from 'pg';

/** Upper bounds in seconds, as the OpenTelemetry conventions for database metrics advise. */
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const operations = ['SELECT', 'WITH', 'INSERT', 'UPDATE', 'DELETE', 'BEGIN', 'COMMIT', 'ROLLBACK'] as const;
type Operation = (typeof operations)[number] | 'OTHER';
/** The first word of a statement, behind comments. */
const firstWord = /^(?:\s|--[^\n]*\n)*([a-z]+)/i;

type Query = (...all: unknown[]) => unknown;
type Ended = (error?: unknown) => void;

/**
 * Duration and, within a span that is recorded, a span of every statement on the connections of a pool, and how many connections there are, as the OpenTelemetry
 * semantic conventions for database clients have them. Neither holds a value of a statement. Without the telemetry preload it does nothing. Returns what ends it.
 *
 * Own code, because the instrumentation of pg counts connections anew at each taking and giving back, twice a statement (ADR 0019).
 */
export function observeStatements(pool: pg.Pool): () => void {
  const meter = metrics.getMeter('muniment');
  const duration = meter.createHistogram('db.client.operation.duration', {
    description: 'Duration of database client operations',
    unit: 's',
    advice: { explicitBucketBoundaries: buckets },
  });
  pool.on('connect', (client) => {
    const plain = client.query.bind(client) as Query;
    client.query = ((...all: unknown[]) => observed(plain, all, duration)) as typeof client.query;
  });
  const connections = meter.createObservableUpDownCounter('db.client.connection.count', { description: 'Connections of the pool' });
  const pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
    description: 'Who waits for a connection',
  });
  const observe: Parameters<typeof connections.addCallback>[0] = (result) => {
    result.observe(pool.idleCount, { 'db.client.connection.state': 'idle' });
    result.observe(pool.totalCount - pool.idleCount, { 'db.client.connection.state': 'used' });
  };
  const observePending: typeof observe = (result) => result.observe(pool.waitingCount);
  connections.addCallback(observe);
  pending.addCallback(observePending);
  return () => {
    connections.removeCallback(observe);
    pending.removeCallback(observePending);
  };
}

function observed(plain: Query, all: unknown[], duration: Histogram): unknown {
  const text = textOf(all[0]);
  // Cursors and the like: how long they take is their reader's affair.
  if (text === null) return plain(...all);
  const ended = begun(operationOf(text), text, duration);
  const last = all.length - 1;
  const callback = all[last];
  if (typeof callback === 'function') {
    all[last] = (error: unknown, result: unknown): unknown => {
      ended(error);
      return (callback as Query)(error, result);
    };
    return plain(...all);
  }
  const answer = plain(...all);
  // The caller gets the promise itself, and with it the error.
  if (answer instanceof Promise) answer.then(() => ended(), ended);
  return answer;
}

function begun(operation: Operation, text: string, duration: Histogram): Ended {
  const started = performance.now();
  const described: Attributes = { 'db.system.name': 'postgresql', 'db.operation.name': operation };
  const span = trace.getActiveSpan()?.isRecording() === true ? spanOf(operation, text, described) : null;
  return (error) => {
    const failed = error === undefined || error === null ? null : codeOf(error);
    duration.record((performance.now() - started) / 1000, failed === null ? described : { ...described, 'error.type': failed });
    if (failed !== null) span?.setAttribute('error.type', failed).setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  };
}

function spanOf(operation: Operation, text: string, described: Attributes): Span {
  return trace.getTracer('muniment').startSpan(operation, { kind: SpanKind.CLIENT, attributes: { ...described, 'db.query.text': text } });
}

/** Of a statement as text or as an object with its text; null for anything else. */
function textOf(query: unknown): string | null {
  if (typeof query === 'string') return query;
  if (typeof query !== 'object' || query === null || 'submit' in query) return null;
  return 'text' in query && typeof query.text === 'string' ? query.text : null;
}

function operationOf(text: string): Operation {
  const word = firstWord.exec(text)?.[1]?.toUpperCase();
  return operations.find((operation) => operation === word) ?? 'OTHER';
}

/** SQLSTATE when the server answered, else the kind of error. Never the message: it may hold values. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
