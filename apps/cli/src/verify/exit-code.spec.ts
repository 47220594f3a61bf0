import { expect, it } from '@jest/globals';
import { CheckList, unmetDemands } from '@muniment/verification';
import { exitCodeOf } from './exit-code.js';

function codeOf(fill: (list: CheckList) => void, ...demands: readonly string[]): number {
  const list = new CheckList();
  fill(list);
  return exitCodeOf({ checks: list.checks, unmet: unmetDemands(list, demands) });
}

it('the gravest thing decides', () => {
  const bytes = (list: CheckList) => list.equal('file.sha256', 'a', '1', '2', '');
  const log = (list: CheckList) => list.holds('log.inclusion', 'a', false, '', '');
  const key = (list: CheckList) => list.holds('attestation.key', 'a', false, '', '');
  const skip = (list: CheckList) => list.skipped('openpgp.signature', 'a', '', '');
  expect(codeOf((list) => [skip(list), key(list), log(list), bytes(list)], 'all')).toBe(11);
  expect(codeOf((list) => [skip(list), key(list), log(list)], 'all')).toBe(13);
  expect(codeOf((list) => [skip(list), key(list)], 'all')).toBe(12);
  expect(codeOf((list) => skip(list), 'openpgp')).toBe(15);
  expect(codeOf((list) => list.holds('meta.name', 'a', true, '', ''), 'attestation.signature')).toBe(15);
  expect(codeOf(() => undefined)).toBe(12);
});
