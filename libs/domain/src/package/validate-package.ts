import { Refusal } from '../errors.js';
import type { Attribution, PlainValue } from '../event.js';
import { assertKept } from '../retention/assert-kept.js';
import { demote, promote } from '../retention/curate.js';
import type { RetentionEvent } from '../retention/events.js';
import type { RetentionState } from '../retention/state.js';
import type { PackageValidated, ValidationResult } from './events.js';
import type { PackageState } from './state.js';

export interface ValidatePackage {
  readonly validationId: string;
  readonly result: ValidationResult;
  readonly report: PlainValue;
}

/** What the decision needs to see. */
export interface ValidationView {
  readonly package: PackageState;
  readonly retention: RetentionState;
  /** Validated wheelhouses of the same repository and name that are newer than this package, as far as they are counted. */
  readonly newerValidated: number;
}

/**
 * Records that somebody tried the package out, and with what result; the latest result counts. A wheelhouse among the newest `keep` that passed
 * joins the curated set in the same append, one that failed leaves it. Refuses a package that is not finalized (`package_not_finalized`).
 */
export function validatePackage(
  view: ValidationView,
  { validationId, result, report }: ValidatePackage,
  keep: number,
  attribution: Attribution,
): readonly (PackageValidated | RetentionEvent)[] {
  const { package: pkg, retention, newerValidated } = view;
  assertKept(retention);
  if (pkg.phase !== 'finalized') {
    throw new Refusal('package_not_finalized', 'Only a finalized package can be validated: finalize it first, or wait until it is.');
  }
  const payload = { validation_id: validationId, result, report, validated_at: attribution.time };
  const validated: PackageValidated = { type: 'v1.package.validated', payload };
  if (result === 'failed') return [validated, ...demote(retention, 'validation_failed', attribution)];
  const joins = pkg.wheelhouse && newerValidated < keep;
  return joins ? [validated, ...promote(retention, attribution)] : [validated];
}
