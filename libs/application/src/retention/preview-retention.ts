import { Refusal, type Instant, type Principal } from '@muniment/domain';
import type { DuePackage, DueQuery, RetentionSweeps } from '../ports/retention.js';
import { readableRepositories } from '../reading/read-package.js';

export interface Preview {
  readonly caller: Principal;
  readonly at: Instant;
  readonly withoutHold: string | null;
  readonly limit: number;
  readonly after: NonNullable<DueQuery['after']> | null;
}

/** What the rules would let go at an instant if nobody acts until then; confined to what the caller may read. */
export class PreviewRetention {
  constructor(private readonly sweeps: RetentionSweeps) {}

  /** Earliest expiry first; the state of each as it would be, that is without the hold that is thought away. */
  async execute({ caller, at, withoutHold, limit, after }: Preview): Promise<readonly DuePackage[]> {
    const repositories = readableRepositories(caller);
    if (repositories.length === 0) throw new Refusal('forbidden', `Token "${caller.name}" may not read packages.`);
    const due = await this.sweeps.due({
      at,
      repositories,
      limit,
      ...(withoutHold === null ? {} : { withoutHold }),
      ...(after === null ? {} : { after }),
    });
    return due.map((found) => {
      const holds = found.retention.holds.filter(({ holdId }) => holdId !== withoutHold);
      return { ...found, retention: { ...found.retention, holds } };
    });
  }
}
