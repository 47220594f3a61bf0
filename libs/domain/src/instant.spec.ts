import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { instantOf, plusSeconds } from './instant.js';

const date = fc.date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9000-01-01T00:00:00Z'), noInvalidDate: true });

describe('an instant', () => {
  it('is UTC with milliseconds', () => {
    expect(instantOf(new Date('2026-11-21T10:30:00+01:00'))).toBe('2026-11-21T09:30:00.000Z');
  });

  it('sorts as text the way it sorts as time', () => {
    fc.assert(
      fc.property(date, date, (a, b) => {
        expect(instantOf(a) < instantOf(b)).toBe(a.getTime() < b.getTime());
      }),
    );
  });

  it('moves by seconds, and back', () => {
    expect(plusSeconds(instantOf(new Date('2026-12-31T23:59:59.500Z')), 1)).toBe('2027-01-01T00:00:00.500Z');
    fc.assert(
      fc.property(date, fc.integer({ min: 0, max: 1_000_000_000 }), (start, seconds) => {
        const instant = instantOf(start);
        expect(plusSeconds(plusSeconds(instant, seconds), -seconds)).toBe(instant);
      }),
    );
  });
});
