import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { instantOf, plusSeconds, type Instant } from '@muniment/domain';
import type { Clock } from '@muniment/application';
import { ConfigError, type ConfigOf } from '@muniment/platform';

export const clockConfig = {
  MUNIMENT_CLOCK_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('For rehearsals and tests, on a copy of the archive: a file whose RFC 3339 instant stands in for the clock'),
};

export type ClockConfig = Readonly<ConfigOf<typeof clockConfig>>;

/** The time that decisions and records are made by. Leases, timeouts and jobs go by the machine's own time. */
export interface ArchiveClock extends Clock {
  /** The file that stands in for the clock; `null` when time is what it is. */
  readonly file: string | null;
  /** What was recorded before this instant has waited for `seconds`. Where the clock stands still that is everything recorded so far. */
  waitedSince(seconds: number): Instant;
}

let last = { ms: 0, instant: instantOf(new Date(0)) };

/** A busy process asks often within a millisecond, and writing it down takes much longer than reading the clock. */
function systemNow(): Instant {
  const ms = Date.now();
  if (ms !== last.ms) last = { ms, instant: instantOf(new Date(ms)) };
  return last.instant;
}

export const systemClock: ArchiveClock = {
  file: null,
  now: systemNow,
  waitedSince: (seconds) => instantOf(new Date(Date.now() - seconds * 1_000)),
};

/** The archive's clock. Throws a `ConfigError` when the file that should stand in for it cannot be read or holds no instant. */
export function clockOf({ MUNIMENT_CLOCK_FILE: file }: ClockConfig): ArchiveClock {
  if (file === undefined) return systemClock;
  const clock = new FileClock(file);
  try {
    clock.now();
  } catch {
    throw new ConfigError([
      `MUNIMENT_CLOCK_FILE: ${file} cannot be read, or does not hold an RFC 3339 instant such as 2026-11-21T09:30:00Z`,
    ]);
  }
  return clock;
}

/** Time travel: stands still until somebody writes another instant into the file. Read every time, since a rehearsal may move it at any moment. */
class FileClock implements ArchiveClock {
  private last: Instant | null = null;

  constructor(readonly file: string) {}

  now(): Instant {
    const text = readFileSync(this.file, 'utf8').trim();
    // A writer that truncates before it writes leaves the file empty for a moment.
    if (text === '' && this.last !== null) return this.last;
    const parsed = z.iso.datetime({ offset: true }).safeParse(text);
    if (!parsed.success) throw new Error(`${this.file} does not hold an RFC 3339 instant such as 2026-11-21T09:30:00Z`);
    this.last = instantOf(new Date(parsed.data));
    return this.last;
  }

  waitedSince(): Instant {
    return plusSeconds(this.now(), 1);
  }
}
