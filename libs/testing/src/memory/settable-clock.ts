import type { Clock } from '@muniment/application';
import { instantOf, plusSeconds, type Instant } from '@muniment/domain';

/** Stands still until a spec moves it. */
export class SettableClock implements Clock {
  private instant: Instant;

  constructor(start = '2026-03-01T12:00:00.000Z') {
    this.instant = instantOf(new Date(start));
  }

  now(): Instant {
    return this.instant;
  }

  pass(seconds: number): void {
    this.instant = plusSeconds(this.instant, seconds);
  }
}
