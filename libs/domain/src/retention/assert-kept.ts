import { Refusal } from '../errors.js';
import type { RetentionState } from './state.js';

/** Refuses (`package_collected`) what came too late: the files of the package are gone. */
export function assertKept({ collectedAt }: RetentionState): void {
  if (collectedAt === null) return;
  throw new Refusal(
    'package_collected',
    `The files of this package were collected at ${collectedAt}; upload them again as a new package.`,
    {
      collected_at: collectedAt,
    },
  );
}
