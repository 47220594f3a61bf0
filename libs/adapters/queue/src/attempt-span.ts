import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  context,
  isSpanContextValid,
  trace,
} from '@opentelemetry/api';
import type { AttemptOutcome } from './queue-observer.js';

interface TracedAttempt {
  readonly lane: string;
  readonly job: string;
  readonly jobId: string;
  readonly attempt: number;
  /** Carried by the job; the span continues it. */
  readonly traceparent: string | null;
}

interface SpannedResult {
  readonly outcome: AttemptOutcome;
  readonly error?: Error;
}

/**
 * Runs one attempt inside a span that continues the trace the job carries. `run` gets the traceparent to hand on: the span's own, or
 * the carried one when nothing records.
 */
export async function inAttemptSpan<R extends SpannedResult>(
  attempt: TracedAttempt,
  run: (traceparent: string | null) => Promise<R>,
): Promise<R> {
  const parent = remoteParent(attempt.traceparent);
  const span = trace.getTracer('muniment.queue').startSpan(
    `job ${attempt.job}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'bullmq',
        'messaging.destination.name': attempt.lane,
        'messaging.operation.type': 'process',
        'messaging.message.id': attempt.jobId,
        'muniment.job.name': attempt.job,
        'muniment.job.attempt': attempt.attempt,
      },
    },
    parent,
  );
  try {
    const result = await context.with(trace.setSpan(parent, span), () => run(traceparentOf(span) ?? attempt.traceparent));
    describe(span, result);
    return result;
  } finally {
    span.end();
  }
}

function describe(span: Span, { outcome, error }: SpannedResult): void {
  span.setAttribute('muniment.job.outcome', outcome);
  if (error === undefined || outcome === 'refused' || outcome === 'pushed_back') return;
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** Parsed here rather than by the global propagator, which a process may have set to another format or not at all. */
function remoteParent(traceparent: string | null): Context {
  const [, traceId, spanId, flags] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function traceparentOf(span: Span): string | null {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return null;
  const flags = spanContext.traceFlags.toString(16).padStart(2, '0');
  return `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`;
}
