import { describe, expect, it } from '@jest/globals';
import { mutantsOf } from './mutants.js';
import type { Rule } from './rules.js';

const rule = (expr: string, change: Partial<Rule> = {}): Rule => ({
  alert: 'Some',
  expr,
  labels: { severity: 'warning' },
  annotations: { summary: '', description: '', runbook: '' },
  ...change,
});
const changes = (expr: string, change: Partial<Rule> = {}) => mutantsOf(rule(expr, change)).map((mutant) => mutant.change);

describe('mutants of an alert rule', () => {
  it('have another threshold, comparison, aggregation, delay or severity, one at a time', () => {
    expect(changes('min by (part) (up) < 30', { for: '1h' })).toEqual([
      'min by (part) (up) < 29',
      'min by (part) (up) < 31',
      'min by (part) (up) <= 30',
      'max by (part) (up) < 30',
      'for: 1800s',
      'for: 7200s',
      'severity: critical',
    ]);
  });

  it('have another range or label, or lack a part', () => {
    expect(changes('sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 15m) > 0')).toEqual([
      'sum (increase(a{b="c"}[450s])) > 0 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[1800s])) > 0 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 450s) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 1800s) > 0',
      'sum (increase(a{b="c"}[15m])) > 2 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > -1 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 15m) > 2',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 15m) > -1',
      'sum (increase(a{b="c"}[15m])) >= 0 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 15m) >= 0',
      'min (increase(a{b="c"}[15m])) > 0 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or min (a unless a offset 15m) > 0',
      'sum (increase(a{b!="c"}[15m])) > 0 or sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0 or sum (a) > 0',
      'sum (a unless a offset 15m) > 0',
      'sum (increase(a{b="c"}[15m])) > 0',
      'for: 1m',
      'severity: critical',
    ]);
  });
});
