import type { AskedAgain } from '@muniment/application';
import type { AgainAnswer } from '@muniment/contracts';

export function againAnswer({ keyId, packages, waiting, moved, next }: AskedAgain, dryRun: boolean): AgainAnswer {
  return {
    key_id: keyId,
    dry_run: dryRun,
    packages: packages.map(({ packageId, repository, name, statements, files }) => ({
      package_id: packageId,
      ...{ repository, name, statements, files },
    })),
    ...{ waiting, moved, next },
  };
}
