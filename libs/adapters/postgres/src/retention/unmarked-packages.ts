import type { Instant } from '@muniment/domain';
import { unmarkedDue } from './due-rows.js';

/** A query of packages that are due and unmarked, in order of expiry; $1 is the instant that is asked about, $2 the limit, and $5 and on are its own values. */
export interface Unmarked {
  readonly packages: string;
  readonly values: readonly unknown[];
  /** Whether it finds all of them, whatever their expiry. */
  readonly everything: boolean;
}

/** A sweep found nothing more as of `asOf` at a snapshot with this `xmin`: the oldest transaction that was still running then. */
export interface Settled {
  readonly asOf: Instant;
  readonly xmin: string;
}

const columns = 'r.package_id as id, r.revision, r.ctid as place, r.current_expires_at as expires_at';
const first = 'order by r.current_expires_at limit $2::int';
const due = `r.current_expires_at <= $1::timestamptz and ${unmarkedDue}`;

/** Those that expire at this instant or later, through retention_expiry_idx. It passes over those that are marked, held or curated. */
export function laterThan(expiry: string): Unmarked {
  const packages = `select ${columns} from retention_state r where r.current_expires_at >= $5::timestamptz and ${due} ${first}`;
  return { packages, values: [expiry], everything: false };
}

/**
 * All of them, found among what is new: packages become due by their expiry, or because something was appended to them. Whatever the settling snapshot
 * did not show was written by a transaction that was running then or began later, so its number is not below `xmin`. No clock has a say in this.
 */
export function newSince({ asOf, xmin }: Settled): Unmarked {
  const packages = `select * from (
      (select ${columns} from retention_state r where r.current_expires_at > $5::timestamptz and ${due} ${first})
      union all
      (select ${columns} from (select distinct subject_id from events where xid >= $6::text::xid8 and type <> 'v1.retention.deletion_eligible') e
        join retention_state r on r.package_id = e.subject_id where r.current_expires_at <= $5::timestamptz and ${due} ${first})
    ) fresh order by expires_at limit $2::int`;
  return { packages, values: [asOf, xmin], everything: true };
}
