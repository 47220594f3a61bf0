import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '@muniment/platform';
import { clockOf, systemClock } from './clock.js';

describe('the clock of the archive', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'clock-'));
    file = join(directory, 'now');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is the machine’s when no file stands in for it', () => {
    expect(clockOf({})).toBe(systemClock);
    const before = Date.now();
    const now = Date.parse(systemClock.now());
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(systemClock.waitedSince(60))).toBeLessThanOrEqual(Date.now() - 60_000);
  });

  it('says what the file says, whenever it is asked, in UTC with milliseconds', () => {
    writeFileSync(file, '2031-02-26T23:30:00+01:00\n');
    const clock = clockOf({ MUNIMENT_CLOCK_FILE: file });
    expect(clock.now()).toBe('2031-02-26T22:30:00.000Z');
    writeFileSync(file, '2031-02-26T23:30:00+02:00\n');
    expect(clock.now()).toBe('2031-02-26T21:30:00.000Z');
    expect(clock.file).toBe(file);
  });

  it('takes everything recorded for waited upon, since a standing clock tells no age', () => {
    writeFileSync(file, '2031-02-26T23:30:00Z');
    const clock = clockOf({ MUNIMENT_CLOCK_FILE: file });
    expect(clock.waitedSince(3600) > clock.now()).toBe(true);
  });

  it('goes on while the file is being written, and fails on nonsense', () => {
    writeFileSync(file, '2031-02-26T23:30:00Z');
    const clock = clockOf({ MUNIMENT_CLOCK_FILE: file });
    expect(clock.now()).toBe('2031-02-26T23:30:00.000Z');
    truncateSync(file);
    expect(clock.now()).toBe('2031-02-26T23:30:00.000Z');
    writeFileSync(file, 'yesterday');
    expect(() => clock.now()).toThrow(`${file} does not hold an RFC 3339 instant`);
  });

  it.each(['', 'yesterday', '2031-02-26', '2031-02-26T23:30:00', '2031-02-30T00:00:00Z', '1924992000'])(
    'refuses to start with "%s" in the file',
    (text) => {
      writeFileSync(file, text);
      expect(() => clockOf({ MUNIMENT_CLOCK_FILE: file })).toThrow(ConfigError);
    },
  );

  it('refuses to start without the file', () => {
    expect(() => clockOf({ MUNIMENT_CLOCK_FILE: file })).toThrow(`MUNIMENT_CLOCK_FILE: ${file} cannot be read`);
  });
});
