import { parseEvent } from '@muniment/contracts';
import { evolveRetention, mayBeDeleted, type RetentionEvent, type RetentionState } from '@muniment/domain';
import { decodeCbor } from '@muniment/formats';
import type { Postgres } from '@muniment/postgres';

const page = 1_000;

export interface History {
  /** What no package may ever have lived through. */
  readonly problems: readonly string[];
  readonly events: number;
  readonly collected: number;
  readonly placesGivenUp: number;
}

/** Follows every package through the log: nothing kept is ever trashed or collected, nothing is marked or given up twice. */
export async function historyOf({ log }: Postgres): Promise<History> {
  const states = new Map<string, RetentionState>();
  const givenUp = new Set<string>();
  const problems: string[] = [];
  let [events, collected, placesGivenUp] = [0, 0, 0];
  for (let after = 0n; ; ) {
    const batch = await log.read({ after, limit: page });
    const last = batch.at(-1);
    if (!last) return { problems, events, collected, placesGivenUp };
    after = last.sequence;
    events += batch.length;
    for (const { type, payload, subject, actor, reason } of batch) {
      const event = parseEvent(type, decodeCbor(payload));
      if (event?.type === 'v1.storage.location_deleted') {
        const place = `${subject.id}/${event.payload.path}`;
        if (givenUp.has(place)) problems.push(`${place} was given up twice`);
        givenUp.add(place);
        placesGivenUp++;
      }
      if (event === null || !type.startsWith('v1.retention.')) continue;
      const before = states.get(subject.id) ?? null;
      const retention = event as RetentionEvent;
      if (before !== null) problems.push(...contradictions(subject.id, before, retention));
      if (type === 'v1.retention.collected') collected++;
      states.set(subject.id, evolveRetention(before, retention, { actor, reason }));
    }
  }
}

function contradictions(id: string, before: RetentionState, event: RetentionEvent): readonly string[] {
  const kept = (at: RetentionState['expiresAt']): boolean => at === null || !mayBeDeleted(before, at);
  if (event.type === 'v1.retention.trashed' && kept(event.payload.trashed_at))
    return [`${id} went into the trash although something keeps it`];
  if (event.type === 'v1.retention.trashed' && before.trash !== null) return [`${id} went into the trash twice`];
  if (event.type === 'v1.retention.collected' && (before.trash === null || kept(event.payload.collected_at)))
    return [`${id} was collected although something keeps it`];
  if (event.type === 'v1.retention.deletion_eligible' && before.eligibleSince !== null) return [`${id} was marked twice`];
  return [];
}
