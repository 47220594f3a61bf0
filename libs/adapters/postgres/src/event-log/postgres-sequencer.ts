import type { Sequencer } from '@muniment/application';
import type { Database } from '../database.js';
import { notifySequenced, type LogSignals } from './log-signals.js';

/** Advisory lock of the one sequencer of a database. */
const sequencerLock = 7_180_001;
/** Events one pass takes at most, so that a backlog does not become one huge transaction. */
const passLimit = 5_000;

/**
 * Gives committed events their place in the global order (ADR 0007). A pass numbers everything its snapshot shows and no earlier pass numbered,
 * in order of id. Later revisions of a package have higher ids, because their writers had seen the earlier ones committed; so streams keep their
 * order, and a transaction that commits late simply gets a later number.
 *
 * `floor_xid` bounds the search: everything older was finished when an earlier pass looked. A floor from the future means that the database was
 * restored into a server with a younger transaction counter: then one pass looks at everything.
 */
const lockStatement = `
select pg_try_advisory_xact_lock(${sequencerLock}) as held,
       (select case when floor_xid > pg_snapshot_xmax(pg_current_snapshot()) then '0' else floor_xid::text end from log_head) as floor`;

/** The floor is a value, not a join, so that the planner sees how few rows lie above it and takes the index on xid. */
const passStatement = `
with fresh as (
  select e.id from events e
  where e.xid >= $1::text::xid8 and not exists (select 1 from event_sequence s where s.event_id = e.id)
  order by e.id limit ${passLimit}
), numbered as (
  insert into event_sequence (sequence, event_id)
  select h.sequence + row_number() over (order by f.id), f.id from fresh f, log_head h
  returning 1
), counted as (
  select count(*)::int as n from numbered
)
update log_head l
set sequence = l.sequence + c.n,
    floor_xid = case when c.n < ${passLimit} then pg_snapshot_xmin(pg_current_snapshot()) else l.floor_xid end
from counted c
where c.n > 0
returning c.n`;

export class PostgresSequencer implements Sequencer {
  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async pass(): Promise<number> {
    const sequenced = await this.database.transaction(async (client) => {
      // The lock is taken in a statement of its own: the numbering must see a snapshot that is younger than the previous holder's commit.
      const lock = await client.query<{ held: boolean; floor: string }>({ name: 'sequencer_lock', text: lockStatement });
      const head = lock.rows[0];
      if (!head?.held) return 0;
      const { rows } = await client.query<{ n: number }>(passStatement, [head.floor]);
      const n = rows[0]?.n ?? 0;
      if (n > 0) await client.query(notifySequenced);
      return n;
    });
    if (sequenced > 0) this.signals.sequenced();
    return sequenced;
  }

  onAppended(listener: () => void): () => void {
    return this.signals.onAppended(listener);
  }
}
