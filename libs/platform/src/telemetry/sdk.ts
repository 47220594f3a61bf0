import type { IncomingMessage, ServerResponse } from 'node:http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOffSampler, BatchSpanProcessor, NoopSpanProcessor } from '@opentelemetry/sdk-trace';

/** What the preload leaves behind for the service. */
export interface Telemetry {
  /** Answers a scrape in the Prometheus text format. */
  writeMetrics(request: IncomingMessage, response: ServerResponse): void;
  /** Sends what is buffered and stops. Bounded: an unreachable collector must not hold up the exit. */
  flush(): Promise<void>;
}

const key = Symbol.for('muniment.telemetry');
const registry: Record<symbol, Telemetry | undefined> = globalThis;
const flushTimeoutMs = 3_000;

/** The telemetry of this process; undefined when it was started without the preload (then nothing is measured). */
export function currentTelemetry(): Telemetry | undefined {
  return registry[key];
}

/**
 * Starts the SDK. Must run before anything that it instruments is imported, hence the preload file.
 * Without an endpoint spans have ids, which belong into logs and events, and nothing else: what nobody is sent is not gathered.
 */
export function startTelemetry(serviceName: string, otlpEndpoint: string | undefined): void {
  if (registry[key] !== undefined) return;
  const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true });
  const spans =
    otlpEndpoint === undefined
      ? new NoopSpanProcessor()
      : new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: new URL('v1/traces', withSlash(otlpEndpoint)).href }) });
  const sdk = new NodeSDK({
    serviceName,
    // Detectors would publish the command line and host details; the service name is enough.
    autoDetectResources: false,
    // An absent list makes the SDK export to a default address: always give one, and never an empty one for spans (then ids vanish).
    spanProcessors: [spans],
    ...(otlpEndpoint === undefined ? { sampler: new AlwaysOffSampler() } : {}),
    logRecordProcessors: [],
    metricReaders: [prometheus],
    // The serializer adds no unit; dashboards use the names that the conventions give these metrics in Prometheus.
    views: [
      { instrumentName: 'http.server.request.duration', name: 'http_server_request_duration_seconds' },
      { instrumentName: 'db.client.operation.duration', name: 'db_client_operation_duration_seconds' },
    ],
    instrumentations: [
      // Requests that come in are observed where their route is known (observe-requests.ts), statements where they are sent (observe-statements.ts).
      new HttpInstrumentation({ disableIncomingRequestInstrumentation: true, requireParentforOutgoingSpans: true }),
    ],
  });
  sdk.start();
  registry[key] = {
    writeMetrics: (request, response) => {
      prometheus.getMetricsRequestHandler(request, response);
    },
    flush: () => Promise.race([sdk.shutdown(), later(flushTimeoutMs)]),
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
