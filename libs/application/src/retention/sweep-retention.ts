import type { Attribution, Instant } from '@muniment/domain';
import type { RetentionSweeps } from '../ports/retention.js';
import type { CurateSets } from './curate-sets.js';

/** Packages of one statement: few enough that locks and write-ahead log stay short, many enough that the statement's own cost does not count. */
const chunkSize = 20_000;
const page = 5_000;

export interface SweepCommand {
  /** The instant the rules are asked about; absent: the time of the act. */
  readonly asOf?: Instant;
  /** Only says what a sweep would mark; the curated sets are taken as they are. */
  readonly dryRun: boolean;
  readonly attribution: Attribution;
}

export interface Swept {
  readonly asOf: Instant;
  /** Packages this sweep marked (or would mark) as eligible for deletion. */
  readonly marked: readonly string[];
}

/**
 * Brings the curated sets up to date, then marks every package that nothing keeps any more. Deletes nothing. Safe to run any number of times and by
 * several processes at once: each transition is recorded once, and a killed sweep is simply continued by the next.
 */
export class SweepRetention {
  constructor(
    private readonly sweeps: RetentionSweeps,
    private readonly curate: CurateSets,
  ) {}

  async execute({ asOf: given, dryRun, attribution }: SweepCommand): Promise<Swept> {
    const asOf = given ?? attribution.time;
    if (dryRun) return { asOf, marked: await this.wouldMark(asOf) };
    const { marked: demoted } = await this.curate.execute({ ofPackage: null, attribution });
    const marked = [...demoted];
    for await (const chunk of this.sweeps.mark({ asOf, chunkSize }, attribution)) for (const id of chunk) marked.push(id);
    return { asOf, marked };
  }

  private async wouldMark(at: Instant): Promise<readonly string[]> {
    const found: string[] = [];
    for (let after: { readonly expiresAt: Instant; readonly packageId: string } | null = null; ; ) {
      const due = await this.sweeps.due({ at, repositories: ['*'], unmarkedOnly: true, limit: page, ...(after === null ? {} : { after }) });
      for (const { packageId } of due) found.push(packageId);
      const last = due.at(-1);
      if (last?.retention.expiresAt == null || due.length < page) return found;
      after = { expiresAt: last.retention.expiresAt, packageId: last.packageId };
    }
  }
}
