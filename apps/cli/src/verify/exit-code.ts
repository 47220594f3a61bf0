import { exitCodes } from '../exit-codes.js';
import type { VerifyReport } from './checks.js';

/** The gravest thing in the report decides: other bytes, an edited log, any other failed check, a demand that was not met. */
export function exitCodeOf({ checks, unmet }: Pick<VerifyReport, 'checks' | 'unmet'>): number {
  const failed = checks.filter(({ result }) => result === 'failed');
  if (failed.some(({ bytes }) => bytes)) return exitCodes.digest_mismatch;
  if (failed.some(({ check }) => check.startsWith('log.'))) return exitCodes.log_inconsistent;
  return failed.length === 0 && unmet.length > 0 ? exitCodes.not_checkable : exitCodes.check_failed;
}
