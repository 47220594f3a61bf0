import { instantOf, Refusal, type Instant } from '@muniment/domain';

const firstYear = 1970;

/**
 * An instant from a request, in UTC with milliseconds. Refuses (`request_malformed`) years outside of 1970 to 9999: beyond them instants do not sort
 * as text any more.
 */
export function givenInstant(text: string): Instant {
  const date = new Date(text);
  const year = date.getUTCFullYear();
  if (year >= firstYear && year <= 9999) return instantOf(date);
  throw new Refusal('request_malformed', `"${text}" is no instant between the years 1970 and 9999.`);
}
