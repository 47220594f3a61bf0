import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../spec-support/refused.js';
import { acting, after, demoted, given, gone, held, inTrash, marked, promoted, restored } from '../spec-support/retention.js';
import { aPackage } from '../spec-support/states.js';
import { validatePackage, type ValidatePackage, type ValidationView } from './validate-package.js';

const wheelhouse = aPackage({ phase: 'finalized', wheelhouse: true });
const passed: ValidatePackage = { validationId: 'v1', result: 'passed', report: { installed: 7 } };
const failed: ValidatePackage = { ...passed, result: 'failed' };

const view = (change: Partial<ValidationView> = {}): ValidationView => ({
  package: wheelhouse,
  retention: given(),
  newerValidated: 0,
  ...change,
});
const validated = (command: ValidatePackage, seconds: number) => ({
  type: 'v1.package.validated',
  payload: { validation_id: 'v1', result: command.result, report: { installed: 7 }, validated_at: after(seconds) },
});

describe('validate a package', () => {
  it('records the result and takes a wheelhouse into the curated set', () => {
    expect(validatePackage(view(), passed, 3, acting(10))).toEqual([validated(passed, 10), promoted(10)]);
  });

  it.each([
    [2, true],
    [3, false],
    [4, false],
  ])('with %s newer ones that passed, and three that are kept, joins: %s', (newerValidated, joins) => {
    const facts = validatePackage(view({ newerValidated }), passed, 3, acting(10));
    expect(facts.map(({ type }) => type).slice(1)).toEqual(joins ? ['v1.retention.promoted'] : []);
  });

  it('never curates when nothing is kept, or what is no wheelhouse', () => {
    expect(validatePackage(view(), passed, 0, acting(10))).toEqual([validated(passed, 10)]);
    const package_ = aPackage({ phase: 'finalized', wheelhouse: false });
    expect(validatePackage(view({ package: package_ }), passed, 3, acting(10))).toEqual([validated(passed, 10)]);
  });

  it('keeps what was eligible, and brings it back from the trash', () => {
    expect(validatePackage(view({ retention: given(marked(1_000)) }), passed, 3, acting(2_000))).toEqual([
      validated(passed, 2_000),
      promoted(2_000),
    ]);
    expect(validatePackage(view({ retention: inTrash() }), passed, 3, acting(1_600))).toEqual([
      validated(passed, 1_600),
      promoted(1_600),
      restored(1_600, 'promoted'),
    ]);
  });

  it('records it once more when it passes again', () => {
    expect(validatePackage(view({ retention: given(promoted(5)) }), passed, 3, acting(10))).toEqual([validated(passed, 10)]);
  });

  it('that fails takes the package out of the curated set, and marks it when its time is over', () => {
    const cause = { cause: 'validation_failed' };
    const left = validatePackage(view({ retention: given(promoted(5)) }), failed, 3, acting(10));
    expect(left).toEqual([validated(failed, 10), { ...demoted(10), payload: { demoted_at: after(10), ...cause } }]);
    const due = validatePackage(view({ retention: given(promoted(5)) }), failed, 3, acting(2_000));
    expect(due.at(-1)).toEqual(marked(2_000));
  });

  it('that fails only records it for what is not curated', () => {
    expect(validatePackage(view({ retention: given(held('h1', 5)) }), failed, 3, acting(2_000))).toEqual([validated(failed, 2_000)]);
  });

  it.each([
    ['not finalized', view({ package: aPackage() }), 'package_not_finalized'],
    ['gone', view({ package: aPackage({ phase: 'garbage_collected' }), retention: gone() }), 'package_collected'],
  ])('refuses a package that is %s', (_, seen, code) => {
    expect(refusalOf(() => validatePackage(seen, passed, 3, acting(3_100))).code).toBe(code);
  });
});
