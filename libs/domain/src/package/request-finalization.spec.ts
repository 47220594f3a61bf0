import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import { aPackage, now } from '../spec-support/states.js';
import { requestFinalization } from './request-finalization.js';

const counts = (change: Partial<Record<'received' | 'ingested' | 'refused', number>>) => ({
  received: 0,
  ingested: 0,
  refused: 0,
  ...change,
});
const requested = { type: 'v1.package.finalize_requested', payload: { requested_at: now } };
const due = { type: 'v1.package.finalization_due', payload: { due_at: now } };

describe('request finalization', () => {
  it('is due at once when every file is verified', () => {
    expect(requestFinalization(aPackage(), counts({ ingested: 2 }), { now })).toEqual([requested, due]);
  });

  it('waits while files are being verified', () => {
    expect(requestFinalization(aPackage(), counts({ ingested: 1, received: 1 }), { now })).toEqual([requested]);
  });

  it('changes nothing when asked again before it is due', () => {
    expect(requestFinalization(aPackage({ finalizeRequested: true }), counts({ received: 1 }), { now })).toEqual([]);
  });

  it('becomes due when asked again after a refused file was replaced and verified', () => {
    expect(requestFinalization(aPackage({ finalizeRequested: true }), counts({ ingested: 1 }), { now })).toEqual([due]);
  });

  it.each([
    ['due already', aPackage({ finalizeRequested: true, finalizationDue: true })],
    ['done', aPackage({ finalizeRequested: true, finalizationDue: true, phase: 'finalized' })],
  ])('changes nothing when it is %s', (_, pkg) => {
    expect(requestFinalization(pkg, counts({ ingested: 1 }), { now })).toEqual([]);
  });

  it('is refused while a file is refused', () => {
    expect(refusalOf(() => requestFinalization(aPackage(), counts({ ingested: 1, refused: 1 }), { now })).code).toBe(
      'package_has_refused_files',
    );
  });

  it('is refused for a package without files', () => {
    expect(refusalOf(() => requestFinalization(aPackage(), counts({}), { now })).code).toBe('package_empty');
  });
});
