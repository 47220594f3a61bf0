import { describe, expect, it } from '@jest/globals';
import { defaultRetentionClasses } from '../retention/classes.js';
import { refusalOf } from '../spec-support/refused.js';
import { aPackage, now } from '../spec-support/states.js';
import { createPackage } from './create-package.js';

const { created_at, ...description } = aPackage().description;

describe('create a package', () => {
  it('records what it is, when it began, and the first expiry of its class counted from then', () => {
    expect(createPackage({ description, retentionClass: 'transient' }, defaultRetentionClasses, { now })).toEqual([
      { type: 'v1.package.created', payload: { ...description, created_at } },
      { type: 'v1.retention.default_applied', payload: { retention_class: 'transient', expires_at: '2026-03-08T12:00:00.000Z' } },
    ]);
  });

  it('records that a permanent record never expires', () => {
    const [, retention] = createPackage({ description, retentionClass: 'permanent-record' }, defaultRetentionClasses, { now });
    expect(retention.payload).toEqual({ retention_class: 'permanent-record', expires_at: null });
  });

  it('refuses a class that nobody configured, and says which there are', () => {
    const refusal = refusalOf(() => createPackage({ description, retentionClass: 'forever' }, defaultRetentionClasses, { now }));
    expect(refusal.code).toBe('unknown_retention_class');
    expect(refusal.facts['known']).toEqual(['transient', 'raw-evidence', 'summary-evidence', 'release-evidence', 'permanent-record']);
    expect(refusal.message).toContain('"forever"');
  });
});
