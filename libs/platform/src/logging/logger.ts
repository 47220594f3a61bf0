import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import { redact, redactText } from './redact.js';

export type { Logger } from 'pino';

/** JSON lines on standard output, each with the trace it belongs to, without secrets. `destination` is for tests. */
export function createLogger(service: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    mixin: traceFields,
    serializers: { err: (error: unknown) => error },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => ({ ...fieldsOf(redact(fields)) }),
    },
    hooks: {
      // A sentence may carry an address with a password as well as a field may.
      logMethod(this: Logger, args: unknown[], method: (...args: unknown[]) => void) {
        method.apply(this, safeArguments(args));
      },
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A lone error would lend its message to the line, unmasked. */
function safeArguments(args: readonly unknown[]): unknown[] {
  const [first] = args;
  const spread = first instanceof Error && args.length === 1 ? [{ err: first }, first.message] : args;
  return spread.map((argument) => (typeof argument === 'string' ? redactText(argument) : argument));
}

function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : { value };
}

function traceFields(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
