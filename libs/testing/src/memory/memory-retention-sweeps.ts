import { RevisionConflict, type DuePackage, type DueQuery, type RetentionSweeps, type Sweep } from '@muniment/application';
import { eligibility, mayBeDeleted, type Attribution } from '@muniment/domain';
import { coversRepository, type MemoryLog } from './memory-log.js';

/** The sweep as the pure functions say it, one package after the other. */
export class MemoryRetentionSweeps implements RetentionSweeps {
  constructor(private readonly log: MemoryLog) {}

  async *mark({ asOf }: Sweep, attribution: Attribution): AsyncIterable<readonly string[]> {
    const unmarked = await this.due({ at: asOf, repositories: ['*'], unmarkedOnly: true, limit: Number.MAX_SAFE_INTEGER });
    const marked: string[] = [];
    for (const { packageId, retention } of unmarked) {
      const expectedRevision = this.log.packages.get(packageId)?.state.revision ?? 0;
      const append = {
        subject: { kind: 'package', id: packageId },
        expectedRevision,
        facts: eligibility(retention, asOf),
        attribution,
      } as const;
      try {
        await this.log.append(append);
        marked.push(packageId);
      } catch (error) {
        if (!(error instanceof RevisionConflict)) throw error;
      }
    }
    yield marked;
  }

  async due({ at, withoutHold, unmarkedOnly, repositories, limit, after }: DueQuery): Promise<readonly DuePackage[]> {
    await Promise.resolve();
    const position = after === undefined ? '' : `${after.expiresAt} ${after.packageId}`;
    return [...this.log.packages.entries()]
      .flatMap(([packageId, { state, retention }]) => {
        if (retention === null || (unmarkedOnly === true && retention.eligibleSince !== null)) return [];
        const holds = retention.holds.filter(({ holdId }) => holdId !== withoutHold);
        const { repository, name } = state.description;
        return mayBeDeleted({ ...retention, holds }, at) ? [{ packageId, repository, name, retention }] : [];
      })
      .filter(({ repository }) => repositories.some((pattern) => coversRepository(pattern, repository)))
      .filter((due) => positionOf(due) > position)
      .sort((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1))
      .slice(0, limit);
  }
}

function positionOf({ packageId, retention }: DuePackage): string {
  return `${retention.expiresAt ?? ''} ${packageId}`;
}
