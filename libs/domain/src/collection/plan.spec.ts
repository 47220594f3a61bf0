import { describe, expect, it } from '@jest/globals';
import { aPlan, planned } from '../spec-support/plans.js';
import { planTotals } from './plan.js';

describe('a collection plan', () => {
  it('totals both steps', () => {
    expect(planTotals(aPlan({ trash: planned(2, 10), purge: planned(3, 100) }))).toEqual({ packages: 5, bytes: 320 });
    expect(planTotals(aPlan())).toEqual({ packages: 0, bytes: 0 });
  });
});
