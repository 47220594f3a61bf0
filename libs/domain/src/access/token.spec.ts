import { describe, expect, it } from '@jest/globals';
import { plusSeconds } from '../instant.js';
import { refusalOf } from '../spec-support/refused.js';
import { now } from '../spec-support/states.js';
import { actorOf, assertMay, isLive, may, mayEverywhere, verbs, type Principal } from './token.js';

const token = (change: Partial<Principal> = {}): Principal => ({
  tokenId: 't1',
  name: 'acme-ci',
  verbs: ['write'],
  repositories: ['acme/widgets'],
  expiresAt: null,
  revokedAt: null,
  ...change,
});

describe('a token', () => {
  it('is named as actor by its name, never by its secret', () => {
    expect(actorOf(token())).toBe('token:acme-ci');
  });

  it.each([
    ['acme/widgets', 'acme/widgets', true],
    ['acme/widgets', 'acme/widgets2', false],
    ['acme/widgets', 'ACME/widgets', false],
    ['acme/*', 'acme/widgets', true],
    ['acme/*', 'acme2/widgets', false],
    ['acme/*', 'acm', false],
    ['acme/*', 'evil/acme/widgets', false],
    ['*', 'anyone/anything', true],
    ['acme*', 'acme/widgets', false],
  ])('for %s in %s: %s', (pattern, repository, allowed) => {
    expect(may(token({ repositories: [pattern] }), 'write', repository)).toBe(allowed);
  });

  it('may do what its verbs say and nothing else', () => {
    for (const verb of verbs) expect(may(token({ verbs: [verb] }), verb, 'acme/widgets')).toBe(true);
    for (const verb of verbs.filter((v) => v !== 'read')) expect(may(token({ verbs: ['read'] }), verb, 'acme/widgets')).toBe(false);
  });

  it('may do everything as admin, in its repositories', () => {
    for (const verb of verbs) expect(may(token({ verbs: ['admin'] }), verb, 'acme/widgets')).toBe(true);
    expect(may(token({ verbs: ['admin'] }), 'read', 'other/widgets')).toBe(false);
  });

  it('may do nothing without a verb or without a repository', () => {
    expect(may(token({ verbs: [] }), 'read', 'acme/widgets')).toBe(false);
    expect(may(token({ repositories: [] }), 'write', 'acme/widgets')).toBe(false);
  });

  it('is refused what it may not do', () => {
    expect(() => assertMay(token(), 'write', 'acme/widgets')).not.toThrow();
    const refusal = refusalOf(() => assertMay(token(), 'retention', 'acme/widgets'));
    expect([refusal.code, refusal.kind]).toEqual(['forbidden', 'forbidden']);
  });

  it('acts everywhere only when it is given every repository', () => {
    expect(mayEverywhere(token({ repositories: ['*'] }), 'write')).toBe(true);
    expect(mayEverywhere(token({ repositories: ['acme/*', '*'], verbs: ['admin'] }), 'read')).toBe(true);
    expect(mayEverywhere(token({ repositories: ['acme/*'] }), 'write')).toBe(false);
    expect(mayEverywhere(token({ repositories: ['*'] }), 'admin')).toBe(false);
  });

  it('lives until it expires or is revoked', () => {
    expect(isLive(token(), now)).toBe(true);
    expect(isLive(token({ expiresAt: plusSeconds(now, 1) }), now)).toBe(true);
    expect(isLive(token({ expiresAt: now }), now)).toBe(false);
    expect(isLive(token({ revokedAt: plusSeconds(now, -1) }), now)).toBe(false);
  });
});
