import { setTimeout as sleep } from 'node:timers/promises';
import type { MunimentClient, PackageSummary } from '@muniment/client';
import { CliError } from '../exit-codes.js';

export const defaultPackageName = 'wheelhouse-3.11';

export interface Choice {
  readonly repository: string;
  readonly name: string;
  readonly runId?: string;
  /** How long to wait for a package that exists but is not finalized. */
  readonly timeoutSeconds: number;
  readonly intervalSeconds: number;
  readonly signal: AbortSignal;
  readonly onWaiting?: (packageId: string) => void;
}

const pageSize = 5;

/**
 * The newest finalized package that fits and is not in the trash. When only unfinished ones fit it waits for one of them; when nothing fits it says so at once
 * (exit 3), and after the timeout it gives up (exit 4).
 */
export async function choosePackage(client: MunimentClient, choice: Choice): Promise<PackageSummary> {
  const { repository, name, runId } = choice;
  const query = { repository, name, ...(runId === undefined ? {} : { run: runId }) };
  for (const until = Date.now() + choice.timeoutSeconds * 1000; ; ) {
    let inTrash: PackageSummary | null = null;
    for await (const pkg of client.packages({ ...query, state: 'finalized', limit: pageSize })) {
      // Files in the trash are not served; an older package may still be kept, as curated wheelhouses are.
      if (pkg.retention.trash === null) return pkg;
      inTrash ??= pkg;
    }
    const [open] = (await client.packagePage({ ...query, state: 'created', limit: 1 })).packages;
    const facts = { repository, name, run_id: runId ?? null };
    if (open === undefined) {
      if (inTrash !== null) throw trashed(inTrash);
      const which = `${name} of ${repository}${runId === undefined ? '' : `, run ${runId}`}`;
      throw new CliError(
        'nothing_found',
        `The archive has no package ${which}. Check --repository, --name and --run-id, or push one.`,
        facts,
      );
    }
    const left = until - Date.now();
    if (left <= 0) {
      throw new CliError('timeout', `Package ${open.id} exists but is still not finalized. Wait longer with --timeout-min.`, {
        ...facts,
        package_id: open.id,
      });
    }
    choice.onWaiting?.(open.id);
    await sleep(Math.min(choice.intervalSeconds * 1000, left), undefined, { signal: choice.signal });
  }
}

function trashed({ id, retention }: PackageSummary): CliError {
  return new CliError(
    'nothing_found',
    `What fits is in the trash and is not served: package ${id}. "muniment retention restore ${id} --reason …" brings it back until ${retention.trash?.purge_after ?? 'it is gone'}.`,
    { package_id: id, trash: retention.trash },
  );
}
