import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf } from '../spec-support/refused.js';
import { aPlan, planned } from '../spec-support/plans.js';
import { assertBrake, brakeFloorPackages, readBrake } from './brake.js';

describe('the brake', () => {
  it.each([
    ['a tenth of the packages', 100, 1, { packages: 1_000, bytes: 10_000 }, false],
    ['more than a tenth of the packages', 101, 1, { packages: 1_000, bytes: 10_000 }, true],
    ['few packages with more than a tenth of the bytes', 11, 100, { packages: 1_000, bytes: 10_999 }, true],
    ['few packages with a tenth of the bytes', 11, 100, { packages: 1_000, bytes: 11_000 }, false],
    ['so few packages that a share says nothing', brakeFloorPackages, 100, { packages: 10, bytes: 1_000 }, false],
    ['the packages of an archive of which nothing is known', 11, 1, { packages: 0, bytes: 0 }, true],
  ])('reads %s', (_, count, bytes, archive, tripped) => {
    expect(readBrake(aPlan({ purge: planned(count, bytes) }), archive, 10).tripped).toBe(tripped);
  });

  it('counts both steps of a plan', () => {
    const archive = { packages: 1_000, bytes: 1_000_000 };
    expect(readBrake(aPlan({ trash: planned(60, 1), purge: planned(60, 1) }), archive, 10).tripped).toBe(true);
  });

  it('refuses with numbers, unless it is meant', () => {
    const reading = readBrake(aPlan({ trash: planned(500, 2) }), { packages: 1_000, bytes: 10_000 }, 10);
    const refusal = refusalOf(() => assertBrake(reading, false));
    expect(refusal.code).toBe('collection_brake');
    expect(refusal.facts).toEqual({ packages: 500, bytes: 1_000, max_share_percent: 10 });
    expect(() => assertBrake(reading, true)).not.toThrow();
  });

  it('lets pass what is within the share, and at a hundred percent everything', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(1_000), fc.nat(200), (count, bytes, live) => {
        const archive = { packages: count + live, bytes: (count + live) * bytes };
        const plan = aPlan({ trash: planned(count, bytes) });
        expect(readBrake(plan, archive, 100).tripped).toBe(false);
        const share = (count * 100) / Math.max(1, archive.packages);
        expect(readBrake(plan, archive, 10).tripped).toBe(count > brakeFloorPackages && share > 10);
      }),
    );
  });
});
