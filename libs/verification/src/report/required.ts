import type { Check, CheckList } from './check.js';

/** `all`, a check's name, or the first part of several: `attestation` stands for every `attestation.…`. */
export function isNamed({ check }: Pick<Check, 'check'>, name: string): boolean {
  return name === 'all' || check === name || check.startsWith(`${name}.`);
}

/**
 * The demands that were not met because something was skipped or never came up. A check that failed is not among them: it fails the report by itself.
 */
export function unmetDemands(list: Pick<CheckList, 'checks'>, demands: readonly string[]): readonly string[] {
  return demands.filter((name) => {
    const named = list.checks.filter((check) => isNamed(check, name));
    return named.length === 0 || named.some(({ result }) => result === 'skipped');
  });
}
