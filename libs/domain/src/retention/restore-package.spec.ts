import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import { acting, after, given, gone, inTrash, marked, records, restored } from '../spec-support/retention.js';
import { evolveAll } from './evolve.js';
import { restorePackage } from './restore-package.js';

describe('restore a package', () => {
  it('takes it out of the trash, also when its time there is over', () => {
    expect(restorePackage(inTrash(), acting(1_600))).toEqual([restored(1_600, 'asked')]);
    expect(restorePackage(inTrash(), acting(2_500))).toEqual([restored(2_500, 'asked')]);
  });

  it('leaves it eligible, with the moment from which a new grace counts', () => {
    const state = evolveAll(inTrash(), restorePackage(inTrash(), acting(1_600)), { actor: records.actor, reason: 'wrong one' });
    expect(state).toMatchObject({ trash: null, eligibleSince: after(1_000), restoredAt: after(1_600) });
  });

  it('refuses what is not in the trash', () => {
    expect(refusalOf(() => restorePackage(given(marked(1_000)), acting(1_600))).code).toBe('package_not_in_trash');
  });

  it('refuses what is gone', () => {
    expect(refusalOf(() => restorePackage(gone(), acting(3_100))).code).toBe('package_collected');
  });
});
