import type { Sequencer } from '@muniment/application';
import type pg from 'pg';
import type { Database } from '../database.js';
import { sequencedChannel, type LogSignals } from './log-signals.js';

/** Advisory lock of the one sequencer of a database. */
const sequencerLock = 7_180_001;
/** Events one pass takes at most, so that a backlog does not become one huge transaction. */
const passLimit = 5_000;

/** What the database says a pass did. */
interface Passed {
  readonly held: boolean;
  readonly n: number;
}

const end = 'pg_snapshot_xmax(pg_current_snapshot())';
const isForeign = `floor_xid > ${end}`;

/**
 * Gives committed events their place in the global order (ADR 0007). A pass numbers everything its snapshot shows and no earlier pass numbered,
 * in order of id. Later revisions of a package have higher ids, because their writers had seen the earlier ones committed; so streams keep their
 * order, and a transaction that commits late simply gets a later number.
 *
 * A pass searches from `floor_xid`, because everything older was finished when an earlier pass looked, to the end of its snapshot. Rows beyond that
 * end come from another server's transaction counter: the database was restored from a dump. A process looks for them in its first pass, and every
 * pass does while the floor itself lies beyond the end; with them in the range, each later pass would walk over all of them.
 *
 * Several statements in one message are one transaction of one round trip. The lock is taken in a statement of its own: the numbering must see a
 * snapshot that is younger than the previous holder's commit. The bounds are subqueries, which the planner takes for a narrow range of the index on
 * xid; and whether a row is numbered is asked row by row, where `not exists` could become a join that reads all numbers ever given.
 */
function passStatements(everything: boolean, moveFloor: boolean): string {
  const from = `(select case when ${isForeign} then '0'::xid8 else floor_xid end from log_head)`;
  const upTo = `(select case when ${isForeign} then '18446744073709551615'::xid8 else ${end} end from log_head)`;
  return `
select set_config('muniment.sequencing', pg_try_advisory_xact_lock(${sequencerLock})::text, true);
with fresh as (
  select e.id from events e
  where e.xid >= ${from} ${everything ? '' : `and e.xid < ${upTo}`}
    and (select true from event_sequence s where s.event_id = e.id) is null
    and (select current_setting('muniment.sequencing')) = 'true'
  order by e.id limit ${passLimit}
), numbered as (
  insert into event_sequence (sequence, event_id)
  select h.sequence + row_number() over (order by f.id), f.id from fresh f, log_head h
  returning 1
), counted as (
  select count(*)::int as n from numbered
), moved as (
  update log_head l
  set sequence = l.sequence + c.n,
      floor_xid = case when c.n < ${passLimit} then pg_snapshot_xmin(pg_current_snapshot()) else l.floor_xid end
  from counted c
  where c.n > 0 or (current_setting('muniment.sequencing') = 'true' and (${moveFloor} or ${isForeign}))
)
select c.n, current_setting('muniment.sequencing') = 'true' as held, case when c.n > 0 then pg_notify('${sequencedChannel}', '') end
from counted c`;
}

export class PostgresSequencer implements Sequencer {
  /** Whether this process has looked for rows of another server's counter, and numbered all it found. */
  private searchedAll = false;
  /** Whether the last pass left something, and therefore the floor where it was: then finding nothing more is worth a write. */
  private behind = false;

  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async pass(): Promise<number> {
    const text = passStatements(!this.searchedAll, this.behind);
    // One result per statement, which the type of the driver does not know.
    const results = (await this.database.pool.query(text)) as unknown as readonly pg.QueryResult<Passed>[];
    const passed = results.at(-1)?.rows[0];
    if (!passed?.held) return 0;
    this.behind = passed.n === passLimit;
    this.searchedAll ||= !this.behind;
    if (passed.n > 0) this.signals.sequenced();
    return passed.n;
  }

  onAppended(listener: () => void): () => void {
    return this.signals.onAppended(listener);
  }
}
