import type { DuePackage, DueQuery, RetentionSweeps, Sweep } from '@muniment/application';
import type { Attribution, DeletionEligible, Instant } from '@muniment/domain';
import { encodeCbor } from '@muniment/formats';
import type { Database } from '../database.js';
import type { LogSignals } from '../event-log/log-signals.js';
import { appendWide } from './append-wide.js';
import { duePackages } from './due-packages.js';
import { laterThan, newSince, type Settled, type Unmarked } from './unmarked-packages.js';

/** Stands in for the expiry, which is another in each row. As long as every instant is. */
const anyExpiry = '0000-00-00T00:00:00.000Z' as Instant;
const expiryText = `to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** After this many milliseconds all packages past their expiry are looked at again, whatever was found before: a bound on what a repair can hide. */
const trustMs = 24 * 3_600_000;

/** What the statement says about all packages of a chunk. */
interface Span {
  readonly first: string | null;
  readonly last: string | null;
  readonly xmin: string;
}

export class PostgresRetentionSweeps implements RetentionSweeps {
  private settled: (Settled & { readonly since: number }) | null = null;

  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  /**
   * From one end of the expiries to the other; then what was appended meanwhile, until nothing is left at one snapshot. The next sweep of this process looks
   * only at what is new since then.
   */
  async *mark({ asOf, chunkSize }: Sweep, attribution: Attribution): AsyncIterable<readonly string[]> {
    const trusted = this.settled !== null && performance.now() - this.settled.since < trustMs ? this.settled : null;
    let place: Unmarked = trusted === null ? laterThan('-infinity') : newSince(trusted);
    for (let began: string | null = null; ; ) {
      const { appended, wanted, summary } = await this.markChunk(place, asOf, chunkSize, attribution);
      began ??= summary.xmin;
      if (appended.length > 0) {
        this.signals.appended();
        yield appended;
      }
      const { first, last } = summary;
      // Whoever was left out because somebody appended in the same moment may still be due.
      if (first !== null && (appended.length < wanted || (place.everything && wanted === chunkSize))) place = laterThan(first);
      else if (last !== null && wanted === chunkSize) place = laterThan(last);
      else if (!place.everything) place = newSince({ asOf, xmin: began });
      else {
        if (trusted === null || asOf >= trusted.asOf) this.settled = { asOf, xmin: summary.xmin, since: performance.now() };
        return;
      }
    }
  }

  private async markChunk(
    place: Unmarked,
    asOf: Instant,
    limit: number,
    attribution: Attribution,
  ): Promise<{ readonly appended: readonly string[]; readonly wanted: number; readonly summary: Span }> {
    const fact: DeletionEligible = { type: 'v1.retention.deletion_eligible', payload: { as_of: asOf, expires_at: anyExpiry } };
    const { before, after } = around(encodeCbor(fact.payload));
    return appendWide<Span>(this.database, {
      fact,
      attribution,
      packages: place.packages,
      payload: `$3::bytea || convert_to(${expiryText}, 'UTF8') || $4::bytea`,
      values: [asOf, limit, before, after, ...place.values],
      summary:
        "json_build_object('first', min(expires_at), 'last', max(expires_at), 'xmin', pg_snapshot_xmin(pg_current_snapshot())::text)",
    });
  }

  due(query: DueQuery): Promise<readonly DuePackage[]> {
    return duePackages(this.database, query);
  }
}

/** The canonical bytes before and after the expiry: texts of one length differ in nothing but their characters. */
function around(payload: Uint8Array): { readonly before: Buffer; readonly after: Buffer } {
  const bytes = Buffer.from(payload);
  const at = bytes.indexOf(anyExpiry);
  if (at < 0) throw new Error('the payload does not contain the expiry');
  return { before: bytes.subarray(0, at), after: bytes.subarray(at + anyExpiry.length) };
}
