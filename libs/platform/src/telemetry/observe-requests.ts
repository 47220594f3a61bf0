import {
  context,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** Upper bounds in seconds, as the OpenTelemetry conventions for HTTP metrics advise. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Those a server may meet; a client's own inventions share one series. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

/**
 * Span and duration of every request that passes, as the OpenTelemetry semantic conventions for HTTP servers have them. A `traceparent` of the client is
 * continued; the route is told as its template (`/packages/:id`), never as the real path, so the number of series is bounded. Must stand before whatever answers;
 * without the telemetry preload it does nothing.
 *
 * Own code, because the instrumentation of node:http knows no routes and binds every listener of request and answer to the span (ADR 0018).
 */
export function observeRequests(): RequestHandler {
  const tracer = trace.getTracer('muniment');
  const duration = metrics.getMeter('muniment').createHistogram('http.server.request.duration', {
    description: 'Duration of HTTP server requests',
    unit: 's',
    advice: { explicitBucketBoundaries: buckets },
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    const parent = callersContext(request);
    const span = tracer.startSpan(methodOf(request), { kind: SpanKind.SERVER }, parent);
    response.once('close', () => {
      const outcome = outcomeOf(request, response);
      duration.record((performance.now() - started) / 1000, outcome);
      if (span.isRecording()) {
        const route = outcome['http.route'];
        if (typeof route === 'string') span.updateName(`${methodOf(request)} ${route}`);
        span.setAttributes({ ...outcome, ...detailsOf(request) });
        if ('error.type' in outcome) span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
    context.with(trace.setSpan(parent, span), next);
  };
}

function callersContext(request: Request): Context {
  return request.headers['traceparent'] === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, request.headers);
}

function methodOf({ method }: Request): string {
  return knownMethods.has(method) ? method : '_OTHER';
}

/** What is the same for very many requests: labels of the metric. */
function outcomeOf(request: Request, response: Response): Attributes {
  const outcome: Attributes = {
    'http.request.method': methodOf(request),
    'network.protocol.version': request.httpVersion,
    'url.scheme': 'http',
  };
  const route = routeOf(request);
  if (route !== null) outcome['http.route'] = route;
  // A client that left before it was answered got no status, least of all the 200 that node begins with.
  if (!response.headersSent) return outcome;
  outcome['http.response.status_code'] = response.statusCode;
  if (response.statusCode >= 500) outcome['error.type'] = String(response.statusCode);
  return outcome;
}

/** Set by Express once a route matched; null for what no controller answered. */
function routeOf(request: Request): string | null {
  const route: unknown = request.route;
  return typeof route === 'object' && route !== null && 'path' in route && typeof route.path === 'string' ? route.path : null;
}

/** No query: it may carry anything. */
function detailsOf(request: Request): Attributes {
  const agent = request.headers['user-agent'];
  return {
    'url.path': request.originalUrl.replace(/\?.*$/s, ''),
    ...(agent === undefined ? {} : { 'user_agent.original': agent }),
  };
}
