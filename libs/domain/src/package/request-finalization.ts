import type { DecisionContext } from '../event.js';
import { Refusal } from '../errors.js';
import type { FinalizationDue, FinalizeRequested } from './events.js';
import type { FileCounts, PackageState } from './state.js';

/**
 * The owner says the package is complete. Asking again changes nothing. Refused while a file is missing or refused: a package is never
 * finalized without something its owner wanted in it.
 */
export function requestFinalization(
  pkg: PackageState,
  counts: FileCounts,
  { now }: DecisionContext,
): readonly (FinalizeRequested | FinalizationDue)[] {
  if (pkg.phase !== 'created' || pkg.finalizationDue) return [];
  if (counts.refused > 0) {
    throw new Refusal(
      'package_has_refused_files',
      'A file of this package was refused. Look at its "refusal", upload it again at the same path, then finalize.',
    );
  }
  if (counts.received + counts.ingested === 0) {
    throw new Refusal('package_empty', 'The package has no files. Upload at least one, then finalize.');
  }
  const requested: FinalizeRequested[] = pkg.finalizeRequested
    ? []
    : [{ type: 'v1.package.finalize_requested', payload: { requested_at: now } }];
  const due: FinalizationDue[] = counts.received === 0 ? [{ type: 'v1.package.finalization_due', payload: { due_at: now } }] : [];
  return [...requested, ...due];
}
