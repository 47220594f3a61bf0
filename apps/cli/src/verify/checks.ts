import type { Check } from '@muniment/verification';

/** What `verify` answers. */
export interface VerifyReport {
  readonly verified: boolean;
  readonly target: string;
  readonly package_id: string | null;
  readonly manifest_digest: string | null;
  readonly checks: readonly Check[];
  /** Checks that --require or a pinned key asks for and that could not be made. */
  readonly unmet: readonly string[];
  readonly notices: readonly string[];
}

const marks = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** A line for each check: its result, what was found, and what that rests on. */
export function reportLines(report: VerifyReport): readonly string[] {
  const widest = Math.max(0, ...report.checks.map((c) => c.check.length));
  return [
    ...report.checks.flatMap((check) => linesOf(check, widest)),
    ...report.unmet.map((name) => `FAIL  ${'required'.padEnd(widest)}  ${name} was asked for and could not be checked`),
    ...report.notices.map((n) => `note: ${n}`),
    ...restingLines(report.checks),
    report.verified ? `Verified: ${report.target}` : `NOT verified: ${report.target}. Do not install or trust it.`,
  ];
}

function linesOf(c: Check, widest: number): readonly string[] {
  return [
    `${marks[c.result]}  ${c.check.padEnd(widest)}  ${c.subject}  ${c.detail}${c.rests_on === null ? '' : `  [${c.rests_on}]`}`,
    ...(c.expected === undefined ? [] : [`      expected ${c.expected}`, `      actual   ${c.actual ?? ''}`]),
    ...(c.remedy === undefined ? [] : [`      ${c.remedy}`]),
  ];
}

function restingLines(checks: readonly Check[]): readonly string[] {
  const grounds = [...new Set(checks.filter((c) => c.ok).flatMap((c) => c.rests_on ?? []))];
  const skipped = checks.filter((c) => c.result === 'skipped').length;
  return [
    ...(grounds.length === 0 ? [] : [`This rests on: ${grounds.join('; ')}.`]),
    ...(skipped === 0 ? [] : [`${skipped} ${skipped === 1 ? 'check was' : 'checks were'} skipped; --require NAME makes that a failure.`]),
  ];
}
