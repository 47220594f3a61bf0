/** `skipped`: it was not looked at, and `detail` says why. */
export type CheckResult = 'ok' | 'failed' | 'skipped';

/** One line of a report. `expected` and `actual` only where bytes differ, `remedy` only where something was skipped. */
export interface Check {
  /** What was looked at, by a stable name: `meta.sha256`, `attestation.signature`, ... */
  readonly check: string;
  /** File path, name of a piece of evidence, or package id. */
  readonly subject: string;
  readonly result: CheckResult;
  /** True only for something that was looked at and is right. */
  readonly ok: boolean;
  /** True when a failure means that bytes are not what they should be (exit code 11). */
  readonly bytes: boolean;
  /** Why the result is to be believed: a pinned key, the archive's own word, digests of bytes here. Null where nothing was looked at. */
  readonly rests_on: string | null;
  readonly detail: string;
  /** What would make the check possible. */
  readonly remedy?: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Checks in the order they were made. */
export class CheckList {
  readonly checks: Check[] = [];

  /** Records whether two texts are equal. */
  equal(check: string, subject: string, expected: string, actual: string, restsOn: string): boolean {
    const ok = expected === actual;
    const differing = ok ? {} : { expected, actual };
    const detail = ok ? actual : 'differs';
    this.checks.push({ check, subject, result: ok ? 'ok' : 'failed', ok, bytes: true, rests_on: restsOn, detail, ...differing });
    return ok;
  }

  /** Records a property that is not a comparison of bytes. */
  holds(check: string, subject: string, ok: boolean, detail: string, restsOn: string): boolean {
    this.checks.push({ check, subject, result: ok ? 'ok' : 'failed', ok, bytes: false, rests_on: restsOn, detail });
    return ok;
  }

  skipped(check: string, subject: string, why: string, remedy: string): void {
    this.checks.push({ check, subject, result: 'skipped', ok: false, bytes: false, rests_on: null, detail: why, remedy });
  }

  get failed(): readonly Check[] {
    return this.checks.filter(({ result }) => result === 'failed');
  }
}
