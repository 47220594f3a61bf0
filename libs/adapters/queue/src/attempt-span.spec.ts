import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { TracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { inAttemptSpan } from './attempt-span.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const attempt = { lane: 'hashing', job: 'verify-file', jobId: 'verify-file.1', attempt: 2 };

describe('the span of an attempt', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });

  beforeAll(() => void trace.setGlobalTracerProvider(provider));
  afterAll(() => {
    trace.disable();
    context.disable();
  });
  beforeEach(() => exporter.reset());

  it('continues the trace that the job carries and hands on its own context', async () => {
    let handedOn: string | null = null;
    await inAttemptSpan({ ...attempt, traceparent: `00-${traceId}-${parentId}-01` }, (traceparent) => {
      handedOn = traceparent;
      return Promise.resolve({ outcome: 'completed' as const });
    });
    const [span] = exporter.getFinishedSpans();
    expect(span?.name).toBe('job verify-file');
    expect(span?.kind).toBe(SpanKind.CONSUMER);
    expect(span?.spanContext().traceId).toBe(traceId);
    expect(span?.parentSpanContext?.spanId).toBe(parentId);
    expect(handedOn).toBe(`00-${traceId}-${span?.spanContext().spanId ?? ''}-01`);
    expect(span?.attributes).toMatchObject({
      'messaging.system': 'bullmq',
      'messaging.destination.name': 'hashing',
      'messaging.message.id': 'verify-file.1',
      'muniment.job.attempt': 2,
      'muniment.job.outcome': 'completed',
    });
  });

  it.each([null, '', 'garbage', `00-${traceId}`])('begins a trace of its own when the job carries %p', async (traceparent) => {
    await inAttemptSpan({ ...attempt, traceparent }, () => Promise.resolve({ outcome: 'completed' as const }));
    const [span] = exporter.getFinishedSpans();
    expect(span?.parentSpanContext).toBeUndefined();
  });

  it('shows an error as an error and a refusal as an answer', async () => {
    const error = new Error('disk is full');
    await inAttemptSpan({ ...attempt, traceparent: null }, () => Promise.resolve({ outcome: 'retrying' as const, error }));
    await inAttemptSpan({ ...attempt, traceparent: null }, () => Promise.resolve({ outcome: 'refused' as const, error }));
    const [failed, refused] = exporter.getFinishedSpans();
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'disk is full' });
    expect(failed?.events.map((event) => event.name)).toEqual(['exception']);
    expect(refused?.status.code).toBe(SpanStatusCode.UNSET);
    expect(refused?.attributes['muniment.job.outcome']).toBe('refused');
  });
});
