import canonicalize from 'canonicalize';

/**
 * The JSON face of a value (RFC 8785, JCS): keys sorted by UTF-16 code units, no white space, ECMAScript number format.
 * Throws for what JSON cannot say: undefined, NaN, infinities, lone surrogates, cycles.
 */
export function encodeJcs(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`A ${typeof value} has no JSON form`);
  return text;
}
