import { CliError } from '../exit-codes.js';

const seconds: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 7 * 86_400 };
const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * An instant somebody typed: RFC 3339, a day (`2027-03-31`, its first moment in UTC), or a duration from now (`90d`; m, h, d or w). Gives RFC 3339
 * in UTC. Times without a zone mean different things in different places and are a usage error.
 */
export function momentOf(text: string, option: string, now: Date): string {
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return new Date(now.getTime() + Number(amount) * (seconds[unit] ?? 0) * 1000).toISOString();
  }
  const day = /^\d{4}-\d\d-\d\d$/.test(text);
  const date = new Date(text);
  // A day the calendar lacks (31 April) must not become another one in silence.
  const named = new Date(text.slice(0, 10));
  const real = !Number.isNaN(date.getTime()) && !Number.isNaN(named.getTime()) && named.toISOString().startsWith(text.slice(0, 10));
  if ((day || zoned.test(text)) && real) return date.toISOString();
  throw new CliError(
    'usage',
    `${option} "${text}" is no instant. Write 2027-03-31T00:00:00Z, a day (2027-03-31), or a duration from now (90d; m, h, d, w).`,
  );
}

const dayMs = 86_400_000;

/** `2027-03-31T00:00:00.000Z (in 90 days)`. */
export function whenText(instant: string, now: Date): string {
  const days = Math.round((Date.parse(instant) - now.getTime()) / dayMs);
  const near = days === 0 ? 'today' : days > 0 ? `in ${daysText(days)}` : `${daysText(-days)} ago`;
  return `${instant} (${near})`;
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
