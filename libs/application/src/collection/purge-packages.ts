import { collectPackage, type Attribution, type CollectibleView, type PlannedPackage } from '@muniment/domain';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import type { Collections } from '../ports/retention.js';
import { inParallel } from './in-parallel.js';

/** Packages read at once; their appends, being of one moment, share statements. */
const chunk = 64;
/** While one chunk is written, the next is read. */
const width = 2;

/** Writes the tombstones of a plan. What moved since the plan was made is left alone. */
export class PurgePackages {
  constructor(
    private readonly log: EventLog,
    private readonly collections: Collections,
    private readonly onFailure: (error: unknown, what: string) => void,
  ) {}

  /** Returns the packages that could not be read or written; everything else is decided. May be repeated. */
  async execute(collectionId: string, planned: readonly PlannedPackage[], attribution: Attribution): Promise<readonly PlannedPackage[]> {
    const failed: PlannedPackage[] = [];
    const chunks = Array.from({ length: Math.ceil(planned.length / chunk) }, (_, n) => planned.slice(n * chunk, (n + 1) * chunk));
    await inParallel(chunks, width, async (some) => {
      try {
        const views = await this.collections.collectibles(some.map(({ package_id }) => package_id));
        await Promise.all(
          some.map(async (one) => {
            if (!(await this.purge(collectionId, one, views.get(one.package_id), attribution))) failed.push(one);
          }),
        );
      } catch (error) {
        this.onFailure(error, `${some.length} packages`);
        failed.push(...some);
      }
    });
    return failed;
  }

  /** The plan names the package at one revision: at any other there is nothing to decide. False when the answer is not known. */
  private async purge(
    collectionId: string,
    { package_id: id, revision }: PlannedPackage,
    view: CollectibleView | undefined,
    attribution: Attribution,
  ): Promise<boolean> {
    if (view?.package.revision !== revision) return true;
    const facts = collectPackage(view, collectionId, { now: attribution.time });
    if (facts.length === 0) return true;
    try {
      await this.log.append({ subject: { kind: 'package', id }, expectedRevision: revision, facts, attribution });
      return true;
    } catch (error) {
      if (error instanceof RevisionConflict) return true;
      this.onFailure(error, `package ${id}`);
      return false;
    }
  }
}
