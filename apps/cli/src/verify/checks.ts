/** One thing that was looked at. `expected` and `actual` only where they differ. */
export interface Check {
  /** What was checked, by a stable name: `meta.sha256`, `manifest.digest`, ... */
  readonly check: string;
  /** File path or package id. */
  readonly subject: string;
  readonly ok: boolean;
  /** True when a failure means that bytes are not what they should be (exit code 11 rather than 12). */
  readonly bytes: boolean;
  readonly detail: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Checks in the order they were made. */
export class CheckList {
  readonly checks: Check[] = [];

  /** Records whether two texts are equal. */
  equal(check: string, subject: string, expected: string, actual: string): boolean {
    const ok = expected === actual;
    this.checks.push({ check, subject, ok, bytes: true, detail: ok ? actual : 'differs', ...(ok ? {} : { expected, actual }) });
    return ok;
  }

  /** Records a property that is not a comparison of bytes. */
  holds(check: string, subject: string, ok: boolean, detail: string): boolean {
    this.checks.push({ check, subject, ok, bytes: false, detail });
    return ok;
  }

  get failed(): readonly Check[] {
    return this.checks.filter((c) => !c.ok);
  }
}

/** What `verify` answers. */
export interface VerifyReport {
  readonly verified: boolean;
  readonly target: string;
  readonly package_id: string | null;
  readonly manifest_digest: string | null;
  readonly checks: readonly Check[];
  readonly notices: readonly string[];
}

export function reportLines(report: VerifyReport): readonly string[] {
  const widest = Math.max(0, ...report.checks.map((c) => c.check.length));
  return [
    ...report.checks.flatMap((c) => [
      `${c.ok ? 'ok  ' : 'FAIL'}  ${c.check.padEnd(widest)}  ${c.subject}  ${c.detail}`,
      ...(c.expected === undefined ? [] : [`      expected ${c.expected}`, `      actual   ${c.actual ?? ''}`]),
    ]),
    ...report.notices.map((n) => `note: ${n}`),
    report.verified ? `Verified: ${report.target}` : `NOT verified: ${report.target}. Do not install or trust it.`,
  ];
}
