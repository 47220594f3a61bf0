import {
  actorOf,
  evolveAll,
  may,
  Refusal,
  validatePackage,
  type Attribution,
  type Instant,
  type PackageValidated,
  type PlainValue,
  type Principal,
  type RetentionEvent,
  type ValidationResult,
} from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { CuratedSets } from '../ports/retention.js';
import type { PackageStates } from '../ports/views.js';
import { retainedPackage } from './act-on-retention.js';

export interface Validation {
  readonly caller: Principal;
  readonly packageId: string;
  /** Fixed by the caller's Idempotency-Key where there is one, so that a retry after a crash records one validation. */
  readonly validationId: string;
  readonly result: ValidationResult;
  readonly report: PlainValue;
  readonly traceparent: string | null;
}

export interface Validated {
  readonly validatedAt: Instant;
  readonly curated: boolean;
}

const eventsLookedAt = 1_000;

/** Records that somebody tried the package out. Whoever may write to the repository may, and whoever decides on its retention. */
export class ValidatePackage {
  /** @param keep How many validated wheelhouses of a repository and name stay. */
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly curated: CuratedSets,
    private readonly keep: number,
    private readonly clock: Clock,
  ) {}

  async execute({ caller, packageId, validationId, result, report, traceparent }: Validation): Promise<Validated> {
    const attribution: Attribution = {
      actor: actorOf(caller),
      time: this.clock.now(),
      ...(traceparent === null ? {} : { traceparent }),
    };
    const { view, facts } = await decideAndAppend<Awaited<ReturnType<typeof this.view>>, PackageValidated | RetentionEvent>(this.log, {
      packageId,
      attribution,
      load: () => this.view(packageId, validationId, caller),
      revisionOf: (loaded) => loaded.package.revision,
      decide: (loaded) =>
        loaded.recordedAt === null ? validatePackage(loaded, { validationId, result, report }, this.keep, attribution) : [],
    });
    const changes = facts.filter((fact): fact is RetentionEvent => fact.type !== 'v1.package.validated');
    const { curatedSince } = evolveAll(view.retention, changes, { actor: attribution.actor, reason: null });
    return { validatedAt: view.recordedAt ?? attribution.time, curated: curatedSince !== null };
  }

  private async view(packageId: string, validationId: string, caller: Principal) {
    const retained = await retainedPackage(this.states, packageId);
    const { repository } = retained.package.description;
    if (!may(caller, 'write', repository) && !may(caller, 'retention', repository)) {
      throw new Refusal(
        'forbidden',
        `Token "${caller.name}" may neither write nor decide on retention in ${repository}. Ask an administrator.`,
      );
    }
    const [newerValidated, recordedAt] = await Promise.all([
      this.curated.newerValidated(packageId, this.keep),
      this.recordedAt(packageId, validationId),
    ]);
    return { ...retained, newerValidated, recordedAt };
  }

  /** When this very validation was recorded before; null when it was not. */
  private async recordedAt(packageId: string, validationId: string): Promise<Instant | null> {
    for (let after = 0n; ; ) {
      const events = await this.log.read({ after, limit: eventsLookedAt, types: ['v1.package.validated'], subjectId: packageId });
      for (const { type, payload } of events) {
        const recorded = parseEvent(type, decodeCbor(payload));
        if (recorded?.type === 'v1.package.validated' && recorded.payload.validation_id === validationId)
          return recorded.payload.validated_at;
      }
      const last = events.at(-1);
      if (!last || events.length < eventsLookedAt) return null;
      after = last.sequence;
    }
  }
}
