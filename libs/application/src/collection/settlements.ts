import type { Sha256 } from '@muniment/domain';
import type { ReleasedFile } from '../ports/retention.js';
import type { FatesOfContents } from './fates-of-contents.js';

/** Files of one package whose places are given up in one append. */
export interface Settlement {
  readonly packageId: string;
  readonly revision: number;
  readonly files: readonly { readonly file: ReleasedFile; readonly physicallyRemoved: boolean }[];
}

/**
 * What is to be recorded for a page. Each content that goes is said to be removed by exactly one file: the last that names it. Packages that share such
 * a content with others must be recorded in the given order; the independent ones in any.
 */
export function settlements(
  files: readonly ReleasedFile[],
  fates: FatesOfContents,
): { readonly independent: readonly Settlement[]; readonly ordered: readonly Settlement[] } {
  const settled = files.filter(({ sha256 }) => ['shared', 'more', 'last', 'absent'].includes(fates.of(sha256)));
  const lastOf = new Map<Sha256, ReleasedFile>();
  const packagesOf = new Map<Sha256, Set<string>>();
  for (const file of settled) {
    if (fates.of(file.sha256) !== 'last') continue;
    lastOf.set(file.sha256, file);
    packagesOf.set(file.sha256, (packagesOf.get(file.sha256) ?? new Set()).add(file.packageId));
  }
  const byPackage = new Map<string, Settlement>();
  for (const file of settled) {
    const { packageId, revision } = file;
    const before = byPackage.get(packageId)?.files ?? [];
    byPackage.set(packageId, { packageId, revision, files: [...before, { file, physicallyRemoved: lastOf.get(file.sha256) === file }] });
  }
  const all = [...byPackage.values()];
  const shares = ({ files: own }: Settlement): boolean => own.some(({ file }) => (packagesOf.get(file.sha256)?.size ?? 0) > 1);
  return { independent: all.filter((one) => !shares(one)), ordered: all.filter(shares) };
}
