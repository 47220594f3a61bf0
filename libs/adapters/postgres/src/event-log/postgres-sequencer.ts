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
 * A pass searches from `floor_xid`, because everything older was finished when an earlier pass looked, to the end of its snapshot. Rows beyond that
 * end come from another server's transaction counter: the database was restored from a dump. A process looks for them in its first pass, and every
 * pass does while the floor itself lies beyond the end; with them in the range, each later pass would walk over all of them.
 */
const lockStatement = `
select pg_try_advisory_xact_lock(${sequencerLock}) as held,
       floor_xid > pg_snapshot_xmax(pg_current_snapshot()) as foreign_floor, floor_xid::text as floor
from log_head`;

/**
 * Bounds are values, not joins, so that the planner sees how few rows lie between them and takes the index on xid. Whether a row is numbered is asked
 * row by row: as `not exists` it could become a join that reads all numbers ever given.
 */
const passStatement = (end: string): string => `
with fresh as (
  select e.id from events e
  where e.xid >= $1::text::xid8 ${end} and (select true from event_sequence s where s.event_id = e.id) is null
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
where c.n > 0 or $2::boolean
returning c.n`;

const ownRows = passStatement('and e.xid < pg_snapshot_xmax(pg_current_snapshot())');
const allRows = passStatement('');

interface Head {
  readonly held: boolean;
  readonly floor: string;
  readonly foreign_floor: boolean;
}

export class PostgresSequencer implements Sequencer {
  /** Whether this process has looked for rows of another server's counter, and numbered all it found. */
  private searchedAll = false;
  /** Whether the last pass left something, and therefore the floor where it was. */
  private behind = false;

  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async pass(): Promise<number> {
    const { held, n } = await this.database.transaction(async (client) => {
      // The lock is taken in a statement of its own: the numbering must see a snapshot that is younger than the previous holder's commit.
      const lock = await client.query<Head>({ name: 'sequencer_lock', text: lockStatement });
      const head = lock.rows[0];
      if (!head?.held) return { held: false, n: 0 };
      const all = head.foreign_floor || !this.searchedAll;
      // Nothing new found is worth a write only when it makes the next search shorter.
      const moveFloor = head.foreign_floor || this.behind;
      const { rows } = await client.query<{ n: number }>(all ? allRows : ownRows, [head.foreign_floor ? '0' : head.floor, moveFloor]);
      const numbered = rows[0]?.n ?? 0;
      if (numbered > 0) await client.query(notifySequenced);
      return { held: true, n: numbered };
    });
    if (held) {
      this.behind = n === passLimit;
      this.searchedAll ||= !this.behind;
    }
    if (n > 0) this.signals.sequenced();
    return n;
  }

  onAppended(listener: () => void): () => void {
    return this.signals.onAppended(listener);
  }
}
