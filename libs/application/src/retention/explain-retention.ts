import { evolveRetention, Refusal, type Instant, type Principal, type RetentionEvent, type RetentionState } from '@muniment/domain';
import { eventDeclarations, parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import type { EventLog, SequencedEvent } from '../ports/event-log.js';
import { awaitSequenced } from '../reading/await-sequenced.js';
import type { ReadPackage } from '../reading/read-package.js';

const retentionTypes: readonly string[] = eventDeclarations.map(({ type }) => type).filter((type) => type.startsWith('v1.retention.'));
/** What belongs to the history of keeping a package: its retention, what validated it, and what became of its bytes. */
const historyTypes = [...retentionTypes, 'v1.package.validated', 'v1.storage.location_deleted'];
const page = 1_000;

export interface HistoryPage {
  readonly after: bigint;
  /** Null: to the end. */
  readonly limit: number | null;
}

/** How long a package is kept and why: now, as of an instant, and event by event. */
export class ExplainRetention {
  constructor(
    private readonly log: EventLog,
    private readonly packages: ReadPackage,
  ) {}

  async now(packageId: string, caller: Principal): Promise<RetentionState> {
    return (await this.packages.visible(packageId, caller)).retention;
  }

  /** The state as of an instant, from the log alone: no view is asked. Refuses an instant before the package existed (`package_not_found`). */
  async asOf(packageId: string, asOf: Instant, caller: Principal): Promise<RetentionState> {
    await this.settled(packageId, caller);
    let state: RetentionState | null = null;
    for await (const event of this.events(packageId, retentionTypes, 0n)) {
      // A prefix of the package's events, whatever the clocks of their writers said: each decision stands on all that came before it.
      if (event.time > asOf) break;
      const told = { actor: event.actor, reason: event.reason };
      state = evolveRetention(state, retentionEvent(event), told);
    }
    if (state === null) throw new Refusal('package_not_found', `At ${asOf} there was no package ${packageId} yet.`, { as_of: asOf });
    return state;
  }

  /** Oldest first. */
  async history(packageId: string, { after, limit }: HistoryPage, caller: Principal): Promise<readonly SequencedEvent[]> {
    await this.settled(packageId, caller);
    const found: SequencedEvent[] = [];
    for await (const event of this.events(packageId, historyTypes, after, limit ?? page)) {
      found.push(event);
      if (found.length === limit) break;
    }
    return found;
  }

  /** Whoever acted a moment ago finds the act. */
  private async settled(packageId: string, caller: Principal): Promise<void> {
    const { state } = await this.packages.visible(packageId, caller);
    await awaitSequenced(this.log, packageId, state.revision);
  }

  private async *events(subjectId: string, types: readonly string[], from: bigint, limit = page): AsyncIterable<SequencedEvent> {
    for (let after = from; ; ) {
      const events = await this.log.read({ after, limit, types, subjectId });
      yield* events;
      const last = events.at(-1);
      if (!last || events.length < limit) return;
      after = last.sequence;
    }
  }
}

function retentionEvent({ type, payload, sequence }: SequencedEvent): RetentionEvent {
  const event = parseEvent(type, decodeCbor(payload));
  if (event === null || !isRetention(event)) throw new Error(`event ${sequence} is no retention event: ${type}`);
  return event;
}

function isRetention(event: { readonly type: string }): event is RetentionEvent {
  return retentionTypes.includes(event.type);
}
