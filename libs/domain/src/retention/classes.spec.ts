import { describe, expect, it } from '@jest/globals';
import { instantOf } from '../instant.js';
import { refusalOf } from '../spec-support/refused.js';
import { defaultExpiry, defaultRetentionClasses, retentionClassNamed } from './classes.js';

const created = instantOf(new Date('2024-02-28T23:30:00.000Z'));

describe('a retention class', () => {
  it.each([
    // 2024 is a leap year: a day is 86,400 seconds, whatever the calendar says
    ['transient', '2024-03-06T23:30:00.000Z'],
    ['raw-evidence', '2024-03-29T23:30:00.000Z'],
    ['summary-evidence', '2025-02-27T23:30:00.000Z'],
    ['release-evidence', '2031-02-26T23:30:00.000Z'],
    ['permanent-record', null],
  ])('%s, counted from creation, ends %s', (name, expires) => {
    expect(defaultExpiry(retentionClassNamed(name, defaultRetentionClasses), created)).toBe(expires);
  });

  it('may be configured by an operator', () => {
    const classes = [{ name: 'brief', durationSeconds: 90 }];
    expect(defaultExpiry(retentionClassNamed('brief', classes), created)).toBe('2024-02-28T23:31:30.000Z');
    expect(refusalOf(() => retentionClassNamed('transient', classes)).facts).toEqual({ known: ['brief'] });
  });

  it.each(['', 'Transient', 'transient ', 'permanent', 'toString', '__proto__'])('"%s" is unknown and refused', (name) => {
    expect(refusalOf(() => retentionClassNamed(name, defaultRetentionClasses)).code).toBe('unknown_retention_class');
  });
});
