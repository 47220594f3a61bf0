import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  after,
  extended,
  given,
  gone,
  held,
  inTrash,
  marked,
  opened,
  promoted,
  released,
  restored,
  trashed,
} from '../spec-support/retention.js';
import { aFile, anIngestedFile, aPackage, aRefusedFile, blakeA, shaA } from '../spec-support/states.js';
import { mayBeDeleted, type RetentionState } from '../retention/state.js';
import { collectPackage, type CollectibleView } from './collect-package.js';

const manifestDigest = `sha256:${shaA}`;
const pkg = aPackage({ phase: 'finalized', manifestDigest });
const meta = anIngestedFile({ fileId: 'file-2', path: 'report.json.meta', format: 'meta', size: 3 });
const view = (retention: RetentionState, files: CollectibleView['files'] = [anIngestedFile(), meta]): CollectibleView => ({
  package: pkg,
  retention,
  files,
});
const collect = (seen: CollectibleView, seconds: number) => collectPackage(seen, 'c2', { now: after(seconds) });

describe('collect a package', () => {
  it('leaves a tombstone: which rule let it go, what was checked, and every file by its digests', () => {
    const retention = given(held('h1', 5), released('h1', 900), marked(1_000), trashed(1_500, 2_000));
    const file = { path: 'report.json', sha256: shaA, blake3: blakeA, size: 10 };
    expect(collect(view(retention), 2_000)).toEqual([
      {
        type: 'v1.retention.collected',
        payload: {
          collection_id: 'c2',
          collected_at: after(2_000),
          rule: {
            retention_class: 'raw-evidence',
            expires_at: after(1_000),
            eligible_since: after(1_000),
            trashed_at: after(1_500),
            purge_after: after(2_000),
          },
          checked: { active_holds: 0, released_holds: ['h1'], curated: false },
          manifest_digest: manifestDigest,
          released: [file],
          kept: [{ ...file, path: 'report.json.meta', size: 3 }],
        },
      },
    ]);
  });

  it('takes files that were never verified, leaves out refused ones, and keeps no .meta that is not verified', () => {
    const received = aFile({ path: 'a.bin', blake3: null });
    const loose = aFile({ path: 'b.meta', format: 'meta' });
    const [fact] = collect(view(inTrash(), [received, loose, aRefusedFile({ path: 'c.zip' })]), 2_000);
    expect(fact?.payload.released.map(({ path }) => path)).toEqual(['a.bin', 'b.meta']);
    expect(fact?.payload.kept).toEqual([]);
  });

  it('takes a package without files', () => {
    expect(collect(view(inTrash(), []), 2_000)[0]?.payload).toMatchObject({ released: [], kept: [] });
  });

  it.each<readonly [string, RetentionState, number]>([
    ['its time in the trash is not over', inTrash(), 1_999.999],
    ['it is not in the trash', given(marked(1_000)), 9_000],
    ['it came back from the trash', given(marked(1_000), trashed(1_500, 2_000), restored(1_600, 'asked')), 9_000],
    ['it is held', given(marked(1_000), trashed(1_500, 2_000), held('h1', 1_600)), 9_000],
    ['it is curated', given(marked(1_000), trashed(1_500, 2_000), promoted(1_600)), 9_000],
    ['it is extended', given(marked(1_000), trashed(1_500, 2_000), extended(5_000, 1_600)), 4_000],
    ['it is extended and over again, but not marked', given(marked(1_000), trashed(1_500, 2_000), extended(5_000, 1_600)), 9_000],
    ['it was marked as of a time that has not come', given(marked(9_000), trashed(100, 200)), 500],
    ['it keeps for ever', { ...opened(null), eligibleSince: after(5), trash: { since: after(6), purgeAfter: after(7) } }, 9_000],
    ['it is gone', gone(), 9_000],
  ])('does nothing when %s', (_, retention, seconds) => {
    expect(collect(view(retention), seconds)).toEqual([]);
  });

  it('never takes what may not be deleted or whose time in the trash is not over, whatever the state', () => {
    const instant = fc.integer({ min: 0, max: 20 }).map(after);
    const maybe = fc.option(instant);
    const state = fc.record({
      expiresAt: maybe,
      eligibleSince: maybe,
      curatedSince: fc.option(instant, { freq: 1 }),
      collectedAt: fc.option(instant, { freq: 1 }),
      holds: fc.array(fc.constant({ holdId: 'h1', reason: 'r', actor: 'a', appliedAt: after(1) }), { maxLength: 1 }),
      trash: fc.option(fc.record({ since: instant, purgeAfter: instant })),
    });
    fc.assert(
      fc.property(state, instant, (facts, now) => {
        const retention = { ...given(), ...facts };
        const taken = collectPackage(view(retention), 'c2', { now }).length > 0;
        const { trash, eligibleSince } = retention;
        expect(taken).toBe(mayBeDeleted(retention, now) && eligibleSince !== null && trash !== null && trash.purgeAfter <= now);
      }),
      { numRuns: 1_000 },
    );
  });
});
