import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plusSeconds } from '../instant.js';
import { lived, told, type Act, type Step } from '../spec-support/retention-history.js';
import { after as secondsAfter, opened } from '../spec-support/retention.js';
import type { RetentionEvent } from './events.js';
import { evolveAll } from './evolve.js';
import { explainRetention } from './explain.js';
import { mayBeDeleted } from './state.js';

const undoing: ReadonlySet<RetentionEvent['type']> = new Set([
  'v1.retention.extended',
  'v1.retention.hold_applied',
  'v1.retention.promoted',
]);

const act: fc.Arbitrary<Act> = fc.record({
  wait: fc.integer({ min: 0, max: 700 }),
  kind: fc.constantFrom(
    ...(['extend', 'hold', 'hold', 'release', 'release', 'promote', 'demote', 'restore'] as const),
    ...(['sweep', 'sweep', 'trash', 'trash', 'collect', 'collect'] as const),
  ),
  hold: fc.constantFrom('h1', 'h2', 'h3'),
  /** For an extension: until when; for a sweep: as of when; both in seconds after now, possibly negative. */
  seconds: fc.integer({ min: -500, max: 2_000 }),
});

/** Any life of a package: of a class that ends or, one in ten, one that does not, and up to forty tries. */
const lives: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.array(act, { maxLength: 40, size: 'max' }))
  .map(([kind, acts]) => lived(opened(kind === 0 ? null : secondsAfter(1_000)), acts));

function everyStep(check: (step: Step) => void): void {
  fc.assert(
    fc.property(lives, (steps) => steps.forEach(check)),
    { numRuns: 150 },
  );
}

describe('in any life of a package', () => {
  it('nothing that is held, curated or permanent is eligible, marked or in the trash', () => {
    everyStep(({ after, now }) => {
      if (after.holds.length === 0 && after.curatedSince === null && after.expiresAt !== null) return;
      expect(after).toMatchObject({ eligibleSince: null, trash: null, collectedAt: null });
      expect(mayBeDeleted(after, now)).toBe(false);
    });
  });

  it('marks alternate with what undoes them', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        let mark = false;
        for (const { type } of steps.flatMap(({ facts }) => facts)) {
          if (type === 'v1.retention.deletion_eligible') {
            expect(mark).toBe(false);
            mark = true;
          } else if (undoing.has(type)) mark = false;
        }
        expect(steps.at(-1)?.after.eligibleSince !== null).toBe(steps.length === 0 || mark);
      }),
      { numRuns: 150 },
    );
  });

  it('a release and a demotion leave nothing for the next sweep', () => {
    everyStep(({ facts, after, now }) => {
      const frees = facts.some(({ type }) => type === 'v1.retention.hold_released' || type === 'v1.retention.demoted');
      if (frees && mayBeDeleted(after, now)) expect(after.eligibleSince).toBe(now);
    });
  });

  it('who is refused changes nothing, and is refused again', () => {
    everyStep(({ refused, facts, before, after }) => {
      if (refused === null) return;
      expect(facts).toEqual([]);
      expect(after).toBe(before);
    });
  });

  it('the expiry only moves later', () => {
    everyStep(({ before, after }) => {
      if (before.expiresAt === null) expect(after.expiresAt).toBeNull();
      else expect(after.expiresAt !== null && after.expiresAt >= before.expiresAt).toBe(true);
    });
  });

  it('nothing happens after collection', () => {
    everyStep(({ before, facts }) => {
      if (before.collectedAt !== null) expect(facts).toEqual([]);
    });
  });

  it('the facts alone give the state, at every step', () => {
    fc.assert(
      fc.property(lives, (steps) => {
        const [first] = steps;
        if (!first) return;
        steps.forEach(({ after }, index) => {
          const facts = steps.slice(0, index + 1).flatMap((step) => step.facts);
          expect(evolveAll(first.before, facts, told)).toEqual(after);
        });
      }),
    );
  });

  it('the explanation agrees with the rule, now and until the change it announces', () => {
    everyStep(({ after, now }) => {
      const { eligible, reasons, nextChangeAt } = explainRetention(after, now);
      const codes = reasons.map(({ code }) => code);
      expect(eligible).toBe(mayBeDeleted(after, now));
      expect(codes.filter((code) => code === 'held')).toHaveLength(after.collectedAt === null ? after.holds.length : 0);
      expect(codes.includes('curated')).toBe(after.curatedSince !== null);
      expect(codes.includes('in_trash')).toBe(after.trash !== null && after.collectedAt === null);
      expect(codes.includes('collected')).toBe(after.collectedAt !== null);
      if (eligible) expect(codes).toEqual(expect.arrayContaining(['expired', 'eligible_for_deletion']));
      else expect(codes).not.toEqual(['expired']);
      if (nextChangeAt !== null) expect(nextChangeAt > now).toBe(true);
      const stillSo = nextChangeAt === null ? plusSeconds(now, 1_000_000) : plusSeconds(nextChangeAt, -0.001);
      expect(mayBeDeleted(after, stillSo)).toBe(eligible);
    });
  });

  it('every kind of fact and refusal comes up, so that the properties above say something', () => {
    const steps = fc.sample(lives, { numRuns: 1_000, seed: 7 }).flat();
    const types = new Set(steps.flatMap(({ facts }) => facts.map(({ type }) => type)));
    expect([...types].sort()).toEqual([
      'v1.retention.collected',
      'v1.retention.deletion_eligible',
      'v1.retention.demoted',
      'v1.retention.extended',
      'v1.retention.hold_applied',
      'v1.retention.hold_released',
      'v1.retention.promoted',
      'v1.retention.restored',
      'v1.retention.trashed',
    ]);
    const refusals = new Set(steps.map(({ refused }) => refused));
    expect([...refusals].map(String).sort()).toEqual([
      'extension_not_later',
      'hold_already_released',
      'hold_not_found',
      'null',
      'package_collected',
      'package_not_in_trash',
      'retention_permanent',
    ]);
  });
});
