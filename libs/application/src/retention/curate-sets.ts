import { demote, promote, type Attribution, type DemotionCause, type RetentionEvent } from '@muniment/domain';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { EventLog } from '../ports/event-log.js';
import type { CuratedSets } from '../ports/retention.js';
import type { PackageStates, RetainedPackage } from '../ports/views.js';

const batch = 500;

export interface CurateCommand {
  /** Only the curated set of this package's repository and name; null: every set. */
  readonly ofPackage: string | null;
  readonly attribution: Attribution;
}

export interface Curated {
  readonly promoted: readonly string[];
  readonly demoted: readonly string[];
  /** Those of the demoted whose own expiry had passed: marked in the same append. */
  readonly marked: readonly string[];
}

/** Brings curated sets up to date: the newest validated wheelhouses of a repository and name are in, all others are not. Does nothing the second time. */
export class CurateSets {
  /** @param keep How many wheelhouses each set has at most. */
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly sets: CuratedSets,
    private readonly keep: number,
  ) {}

  async execute({ ofPackage, attribution }: CurateCommand): Promise<Curated> {
    const facts = new Map<string, readonly RetentionEvent[]>();
    for (;;) {
      const differences = await this.sets.differences(this.keep, ofPackage, batch);
      // A difference that comes back was undone by somebody meanwhile: the next run sees to it, this one ends.
      const fresh = differences.filter(({ packageId }) => !facts.has(packageId));
      for (const { packageId } of fresh) facts.set(packageId, await this.settle(packageId, attribution));
      if (fresh.length === 0) break;
    }
    const packagesWith = (type: RetentionEvent['type']): readonly string[] =>
      [...facts].filter(([, of]) => of.some((fact) => fact.type === type)).map(([id]) => id);
    return {
      promoted: packagesWith('v1.retention.promoted'),
      demoted: packagesWith('v1.retention.demoted'),
      marked: packagesWith('v1.retention.deletion_eligible'),
    };
  }

  /** Decides on what holds now: another validation may have come since the difference was seen. */
  private async settle(packageId: string, attribution: Attribution): Promise<readonly RetentionEvent[]> {
    const decided = await decideAndAppend(this.log, {
      packageId,
      attribution,
      load: async () => {
        const [retained, newer] = await Promise.all([this.states.retention(packageId), this.sets.newerValidated(packageId, this.keep)]);
        return { retained, belongs: retained !== null && newer < this.keep && mayBelong(retained) };
      },
      revisionOf: ({ retained }) => retained?.package.revision ?? 0,
      decide: ({ retained, belongs }) => {
        if (retained === null) return [];
        const { retention } = retained;
        return belongs ? promote(retention, attribution) : demote(retention, causeOf(retained), attribution);
      },
    });
    return decided.facts;
  }
}

function mayBelong({ package: { wheelhouse, validation, phase } }: RetainedPackage): boolean {
  return wheelhouse && validation?.result === 'passed' && phase === 'finalized';
}

function causeOf({ package: { validation } }: RetainedPackage): DemotionCause {
  return validation?.result === 'failed' ? 'validation_failed' : 'superseded';
}
