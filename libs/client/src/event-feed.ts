import { setTimeout as sleep } from 'node:timers/promises';
import type { EventAnswer } from '@muniment/contracts';

/** Which events to read. `after` is the last sequence number already seen (0: from the beginning). */
export interface EventQuery {
  readonly after?: number;
  readonly limit?: number;
  readonly type?: string;
  readonly subject?: string;
  /** Keep waiting for new events instead of ending with the log. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Pause between two looks at the end of the log while following. */
  readonly pollMs?: number;
}

const defaultPollMs = 1000;
const pageSize = 500;

/**
 * Events one after the other. Asking again from the last sequence seen never skips and never repeats, because numbers are gapless and
 * given in order; so a reader that was cut off continues with `after`.
 */
export async function* followEvents(
  readPage: (query: EventQuery) => Promise<readonly EventAnswer[]>,
  query: EventQuery,
): AsyncGenerator<EventAnswer> {
  let after = query.after ?? 0;
  const limit = query.limit ?? pageSize;
  while (query.signal?.aborted !== true) {
    const page = await readPage({ ...query, after, limit });
    for (const event of page) {
      yield event;
      after = event.sequence;
    }
    if (page.length > 0) continue;
    if (query.follow !== true) return;
    await sleep(query.pollMs ?? defaultPollMs, undefined, query.signal === undefined ? {} : { signal: query.signal });
  }
}
