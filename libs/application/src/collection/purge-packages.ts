import { collectPackage, type Attribution, type CollectibleView, type PlannedPackage } from '@muniment/domain';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { inParallel } from './in-parallel.js';

const width = 8;

/** Writes the tombstones of a plan. What moved since the plan was made is left alone. */
export class PurgePackages {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly onFailure: (error: unknown, packageId: string) => void,
  ) {}

  /** Returns the packages that could not be asked or written; everything else is decided. May be repeated. */
  async execute(collectionId: string, planned: readonly PlannedPackage[], attribution: Attribution): Promise<readonly PlannedPackage[]> {
    const failed: PlannedPackage[] = [];
    await inParallel(planned, width, async (one) => {
      try {
        await this.purge(collectionId, one, attribution);
      } catch (error) {
        this.onFailure(error, one.package_id);
        failed.push(one);
      }
    });
    return failed;
  }

  private async purge(collectionId: string, { package_id: packageId, revision }: PlannedPackage, attribution: Attribution): Promise<void> {
    await decideAndAppend(this.log, {
      packageId,
      attribution,
      load: () => this.load(packageId),
      revisionOf: (view) => view?.package.revision ?? 0,
      decide: (view) => (view?.package.revision === revision ? collectPackage(view, collectionId, { now: attribution.time }) : []),
    });
  }

  /** Files are read second: should one have come in between, the append finds the package at another revision. */
  private async load(packageId: string): Promise<CollectibleView | null> {
    const retained = await this.states.retention(packageId);
    return retained && { ...retained, files: await this.states.files(packageId) };
  }
}
