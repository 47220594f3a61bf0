import { describe, expect, it } from '@jest/globals';
import { createPackageBody } from './packages.js';

const body = { repository: 'acme/widgets', name: 'wheelhouse', producer: 'ci', retention_class: 'transient' };

describe('the body that creates a package', () => {
  it('may say no more than it must', () => {
    expect(createPackageBody.parse(body)).toEqual(body);
  });

  it.each(['acme/widgets', 'a/b', 'A-1._/x.y', '0/..a'])('names a repository as %s', (repository) => {
    expect(createPackageBody.safeParse({ ...body, repository }).success).toBe(true);
  });

  it.each(['acme', 'acme/', '/widgets', 'a/b/c', 'a/..', 'a/.', '*/b', 'a/*', ' a/b', '.a/b', 'a/b\n', `a/${'b'.repeat(200)}`])(
    'does not take "%s" for a repository',
    (repository) => {
      expect(createPackageBody.safeParse({ ...body, repository }).success).toBe(false);
    },
  );

  it.each([
    ['an unknown field', { retention: 'transient' }],
    ['an empty name', { name: '' }],
    ['an attempt that is no count', { run: { id: '7', attempt: 0 } }],
    ['an unknown field of its run', { run: { id: '7', job: 'x' } }],
    ['metadata that is not text', { metadata: { retries: 3 } }],
    ['more metadata than 64 entries', { metadata: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`k${n}`, ''])) }],
  ])('is malformed with %s', (_, change) => {
    expect(createPackageBody.safeParse({ ...body, ...change }).success).toBe(false);
  });
});
