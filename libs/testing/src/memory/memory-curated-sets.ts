import type { CuratedSets } from '@muniment/application';
import type { FoldedPackage } from './fold-package.js';
import type { MemoryLog } from './memory-log.js';

/** The curated sets as their definition says them, over all packages at each question. */
export class MemoryCuratedSets implements CuratedSets {
  constructor(private readonly log: MemoryLog) {}

  async newerValidated(packageId: string, limit: number): Promise<number> {
    await Promise.resolve();
    const pkg = this.log.packages.get(packageId);
    if (!pkg) return 0;
    const newer = this.ofSameName(pkg).filter((other) => isValidated(other) && ageOf(other) > ageOf(pkg));
    return Math.min(newer.length, limit);
  }

  async differences(keep: number, ofPackage: string | null, limit: number) {
    await Promise.resolve();
    const only = ofPackage === null ? null : (this.log.packages.get(ofPackage) ?? null);
    const considered = only === null ? [...this.log.packages.values()] : this.ofSameName(only);
    return considered
      .flatMap((pkg) => {
        const newer = this.ofSameName(pkg).filter((other) => isValidated(other) && ageOf(other) > ageOf(pkg)).length;
        const belongs = isValidated(pkg) && newer < keep;
        const { retention } = pkg;
        const differs = retention !== null && retention.collectedAt === null && (retention.curatedSince !== null) !== belongs;
        return differs ? [{ packageId: pkg.state.description.package_id, belongs }] : [];
      })
      .slice(0, limit);
  }

  private ofSameName({ state }: FoldedPackage): readonly FoldedPackage[] {
    const { repository, name } = state.description;
    return [...this.log.packages.values()].filter(
      ({ state: { description } }) => description.repository === repository && description.name === name,
    );
  }
}

function isValidated({ state }: FoldedPackage): boolean {
  return state.wheelhouse && state.phase === 'finalized' && state.validation?.result === 'passed';
}

function ageOf({ state }: FoldedPackage): string {
  return `${state.description.created_at} ${state.description.package_id}`;
}
