import { describe, expect, it } from '@jest/globals';
import { momentOf, whenText } from './moment.js';

const now = new Date('2026-11-21T09:30:00.000Z');

describe('an instant that somebody typed', () => {
  it.each([
    ['2027-03-31T12:00:00Z', '2027-03-31T12:00:00.000Z'],
    ['2027-03-31t12:00:00.5+02:00', '2027-03-31T10:00:00.500Z'],
    ['2027-03-31T12:00Z', '2027-03-31T12:00:00.000Z'],
    ['2027-03-31', '2027-03-31T00:00:00.000Z'],
    ['30m', '2026-11-21T10:00:00.000Z'],
    ['36h', '2026-11-22T21:30:00.000Z'],
    ['90d', '2027-02-19T09:30:00.000Z'],
    ['2w', '2026-12-05T09:30:00.000Z'],
  ])('%s means %s', (text, instant) => {
    expect(momentOf(text, '--until', now)).toBe(instant);
  });

  it.each([
    '',
    'tomorrow',
    '2027-03-31T12:00:00',
    '2027-02-30',
    '2027-02-30T12:00:00Z',
    '2027-13-01',
    '31/03/2027',
    '90',
    '-90d',
    '1.5d',
    '90y',
    '1e3d',
    '9999999d',
  ])('"%s" means nothing', (text) => {
    expect(() => momentOf(text, '--until', now)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('--until') }),
    );
  });

  it.each([
    ['2026-11-21T20:00:00.000Z', 'today'],
    ['2026-11-22T09:30:00.000Z', 'in 1 day'],
    ['2027-02-19T09:30:00.000Z', 'in 90 days'],
    ['2026-11-11T09:30:00.000Z', '10 days ago'],
  ])('%s is told as "%s"', (instant, near) => {
    expect(whenText(instant, now)).toBe(`${instant} (${near})`);
  });
});
