/** An RFC 3339 instant in UTC with milliseconds, `2026-11-21T09:30:00.000Z`: sorts as text, means one thing. */
export type Instant = string & { readonly brand: 'instant' };

/** The instant of a JavaScript date. */
export function instantOf(date: Date): Instant {
  return date.toISOString() as Instant;
}

/** `seconds` later (or earlier, when negative). */
export function plusSeconds(instant: Instant, seconds: number): Instant {
  return instantOf(new Date(Date.parse(instant) + seconds * 1000));
}
