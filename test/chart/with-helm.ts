import { beforeAll, describe, it } from '@jest/globals';
import { findOrBuildHelm, helmBuildMs, helmUnavailable } from '../stack/helm.js';

/** A group of tests that need Helm; skipped with the reason where none can be had. `program` answers its path inside of tests. */
export function describeWithHelm(name: string, tests: (program: () => string) => void): void {
  const unavailable = helmUnavailable();
  if (unavailable !== null) {
    console.warn(`skipped: ${unavailable}`);
    describe.skip(`${name} (skipped: ${unavailable})`, () => it('needs Helm', () => undefined));
    return;
  }
  describe(name, () => {
    let found = '';
    beforeAll(async () => {
      found = await findOrBuildHelm();
    }, helmBuildMs);
    tests(() => found);
  });
}
