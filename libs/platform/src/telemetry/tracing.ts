import { context, isSpanContextValid, propagation, SpanStatusCode, trace, type Attributes, type Context } from '@opentelemetry/api';

/** W3C `traceparent` of the span that is running now, to be carried in an event or a job; null outside of one. */
export function currentTraceparent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return null;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}

/** Trace id of the running span; null outside of one. */
export function currentTraceId(): string | null {
  return currentTraceparent()?.slice(3, 35) ?? null;
}

/**
 * Runs `work` in a span. `traceparent` (from an event or a job) makes it continue that trace; else it belongs to what is running now.
 * An error marks the span and passes through unchanged; its message is not recorded, since it may name user data.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => T | Promise<T>, traceparent?: string | null): Promise<T> {
  const parent = traceparent === undefined || traceparent === null ? context.active() : continued(traceparent);
  return trace.getTracer('muniment').startActiveSpan(name, { attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

function continued(traceparent: string): Context {
  return propagation.extract(context.active(), { traceparent });
}
