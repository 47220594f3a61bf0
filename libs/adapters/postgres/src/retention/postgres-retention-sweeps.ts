import type { DueChunk, DuePackage, DueQuery, MarkedChunk, RetentionSweeps } from '@muniment/application';
import type { Attribution, DeletionEligible, Instant } from '@muniment/domain';
import { encodeCbor } from '@muniment/formats';
import type { Database } from '../database.js';
import type { LogSignals } from '../event-log/log-signals.js';
import { appendWide } from './append-wide.js';
import { duePackages } from './due-packages.js';
import { unmarkedDue } from './due-rows.js';
import { instant } from '../views/rows-of-packages.js';

/** Stands in for the expiry, which is another in each row. As long as every instant is. */
const anyExpiry = '0000-00-00T00:00:00.000Z' as Instant;

interface Span {
  readonly first: string | null;
  readonly last: string | null;
}

const expiryText = `to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

export class PostgresRetentionSweeps implements RetentionSweeps {
  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async markDue({ asOf, from, limit }: DueChunk, attribution: Attribution): Promise<MarkedChunk> {
    const fact: DeletionEligible = { type: 'v1.retention.deletion_eligible', payload: { as_of: asOf, expires_at: anyExpiry } };
    const { before, after } = around(encodeCbor(fact.payload));
    const { appended, wanted, summary } = await appendWide<Span>(this.database, {
      fact,
      attribution,
      packages: `select r.package_id as id, r.revision, r.ctid as place, r.current_expires_at as expires_at from retention_state r
        where r.current_expires_at <= $1::timestamptz and r.current_expires_at >= $5::timestamptz and ${unmarkedDue} order by r.current_expires_at limit $2::int`,
      payload: `$3::bytea || convert_to(${expiryText}, 'UTF8') || $4::bytea`,
      values: [asOf, limit, before, after, from ?? '-infinity'],
      summary: "json_build_object('first', min(expires_at), 'last', max(expires_at))",
    });
    if (appended.length > 0) this.signals.appended();
    return { marked: appended, next: summary && nextOf(summary, appended.length < wanted, wanted === limit) };
  }

  due(query: DueQuery): Promise<readonly DuePackage[]> {
    return duePackages(this.database, query);
  }
}

/** Whoever was left out because somebody appended meanwhile may still be due: then the next chunk begins where this one did. */
function nextOf({ first, last }: Span, leftOut: boolean, full: boolean): Instant | null {
  const next = leftOut ? first : full ? last : null;
  return next === null ? null : instant(next);
}

/** The canonical bytes before and after the expiry: texts of one length differ in nothing but their characters. */
function around(payload: Uint8Array): { readonly before: Buffer; readonly after: Buffer } {
  const bytes = Buffer.from(payload);
  const at = bytes.indexOf(anyExpiry);
  if (at < 0) throw new Error('the payload does not contain the expiry');
  return { before: bytes.subarray(0, at), after: bytes.subarray(at + anyExpiry.length) };
}
