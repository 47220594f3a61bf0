import { describe, expect, it } from '@jest/globals';
import type { ServiceHost } from '@muniment/platform';
import { queueObserver } from './queue-metrics.js';

type Line = readonly [level: string, facts: Readonly<Record<string, unknown>>, text: string];

function observed(): { readonly observer: ReturnType<typeof queueObserver>; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => (facts: Readonly<Record<string, unknown>>, text: string) => void lines.push([level, facts, text]);
  const host = { logger: { warn: at('warn'), error: at('error') } } as unknown as ServiceHost;
  return { observer: queueObserver(host), lines };
}

const attempt = {
  lane: 'hashing',
  job: 'verify-file',
  jobId: 'verify-file.1',
  attempt: 5,
  seconds: 1,
  error: new Error('disk gone'),
} as const;

describe('what an operator hears of jobs', () => {
  it('is an error when a job failed its last try', () => {
    const { observer, lines } = observed();
    observer.attemptEnded?.({ ...attempt, outcome: 'failed' });
    expect(lines).toEqual([
      [
        'error',
        { job: 'verify-file', jobId: 'verify-file.1', attempt: 5, outcome: 'failed', err: attempt.error },
        'job failed its last try',
      ],
    ]);
  });

  it('is a warning when there is another try', () => {
    const { observer, lines } = observed();
    observer.attemptEnded?.({ ...attempt, outcome: 'retrying' });
    expect(lines.map(([level]) => level)).toEqual(['warn']);
  });

  it('is nothing when the work is done, refused or pushed back', () => {
    const { observer, lines } = observed();
    for (const outcome of ['completed', 'refused', 'pushed_back'] as const) observer.attemptEnded?.({ ...attempt, outcome });
    expect(lines).toEqual([]);
  });

  it('is an error when a job lost too many workers', () => {
    const { observer, lines } = observed();
    observer.abandoned?.('hashing', 'verify-file', 'verify-file.1', 'stalled');
    expect(lines).toEqual([
      ['error', { job: 'verify-file', jobId: 'verify-file.1', reason: 'stalled' }, 'job lost too many workers and was given up'],
    ]);
  });
});
