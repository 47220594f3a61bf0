const secretKey = /(authorization|token|secret|password|passwd|cookie|secretkey|accesskey|privatekey|credentials?|apikey)$/;
const maxDepth = 6;
const mask = '[redacted]';

const secretsInText: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@/]+@/gi, `$1:${mask}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${mask}`],
  [/([?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|signature|token)=)[^&\s"]+/gi, `$1${mask}`],
];

/** Takes passwords in URLs, authorization values and presigned signatures out of a text. */
export function redactText(text: string): string {
  return secretsInText.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), text);
}

/**
 * A copy of `value` that is safe to write to a log: fields named like secrets are masked at any depth, texts are cleaned, errors become
 * plain objects with their causes. Bounded in depth, so that a cycle ends.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, isSecret(key, item) ? mask : redact(item, depth + 1)]));
}

function isSecret(key: string, value: unknown): boolean {
  return value !== null && value !== undefined && secretKey.test(key.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: redactText(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redact(error.errors, depth + 1) } : {}),
  };
}
