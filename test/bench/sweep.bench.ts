import { CurateSets, SweepRetention } from '@muniment/application';
import { defaultCuratedKeep } from '@muniment/domain';
import { Postgres } from '@muniment/postgres';
import pg from 'pg';
import { startPostgres } from '../stack/postgres.js';
import { allTransientDue, fillPackages } from './many-packages.js';
import { interleaved, median, report, wallSeconds } from './paired-runs.js';

/**
 * Goal G11: a sweep of a million packages, a fifth of them due, against a bare INSERT..SELECT of the same event rows into a table without indexes; and the
 * same sweep again, which must find nothing and take next to no time. Durable (fsync on), each repetition in a service that knows nothing of the one before.
 */
const packages = Number(process.env['MUNIMENT_BENCH_PACKAGES'] ?? 1_000_000);
const due = Math.floor(packages / 5);
const repetitions = 3;
// A server of this size has more memory than Postgres assumes; and no checkpoint may fall into one measurement and not into another.
const settings = { shared_buffers: '1GB', max_wal_size: '16GB', checkpoint_timeout: '1h' };

const server = await startPostgres({ settings });
const owner = new pg.Client({ connectionString: server.ownerUrl });
await owner.connect();

interface Swept {
  readonly seconds: number;
  readonly again: number;
}
const swept: Swept[] = [];

async function sweep(): Promise<number> {
  await forget();
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 4 });
  const curate = new CurateSets(postgres.log, postgres.states, postgres.curatedSets, defaultCuratedKeep);
  const sweeping = new SweepRetention(postgres.sweeps, curate);
  const attribution = { actor: 'service:retention', time: allTransientDue };
  const once = async (expected: number): Promise<number> =>
    wallSeconds(async () => {
      const { marked } = await sweeping.execute({ dryRun: false, attribution });
      if (marked.length !== expected) throw new Error(`${marked.length} marked instead of ${expected}`);
    });
  // Opens the connections; and the curated sets of the filling are settled once and for all.
  await curate.execute({ ofPackage: null, attribution });
  const seconds = await once(dueNow);
  swept.push({ seconds, again: await once(0) });
  await postgres.close();
  return seconds;
}

let dueNow = due;

/** Takes all marks back, behind the archive's back, so that the next repetition finds the same. */
async function forget(): Promise<void> {
  await owner.query('update retention_state set eligible_for_deletion = false, eligible_since = null where eligible_for_deletion');
  await owner.query('vacuum analyze retention_state');
  await owner.query('vacuum analyze events');
  const { rows } = await owner.query<{ n: number }>(
    `select count(*)::int as n from retention_state where current_expires_at <= $1 and curated_since is null`,
    [allTransientDue],
  );
  dueNow = rows[0]?.n ?? 0;
}

async function floor(): Promise<number> {
  await owner.query('drop table if exists copy_of_events');
  await owner.query('create table copy_of_events (like events)');
  const last = "(select max(id) from events where type = 'v1.retention.deletion_eligible')";
  const { rows } = await owner.query<{ from: string }>(`select ${last} - ${dueNow} as from`);
  return wallSeconds(async () => {
    const { rowCount } = await owner.query('insert into copy_of_events select * from events where id > $1 order by id limit $2', [
      rows[0]?.from,
      dueNow,
    ]);
    if (rowCount !== dueNow) throw new Error(`${rowCount} rows copied instead of ${dueNow}`);
  });
}

try {
  await fillPackages(server.ownerUrl, packages);
  const runs = await interleaved({ sweep, floor }, repetitions);
  const { rows } = await owner.query<{ hot: number }>(
    "select round(100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0))::int as hot from pg_stat_user_tables where relname = 'retention_state'",
  );
  const seconds = (values: readonly number[]): string => `${median(values).toFixed(3)} s`;
  const detail = `${packages} packages, ${dueNow} marked in ${seconds(runs.map((r) => r.sweep))}, copied in ${seconds(runs.map((r) => r.floor))}, ${rows[0]?.hot} % of updates within their page`;
  const ratios = runs.map((run) => run.sweep / run.floor);
  report('G11 sweep, time relative to a bare INSERT..SELECT of the same rows', ratios, { max: 8 }, 'ratio', detail);
  const again = swept.map((s) => s.again / s.seconds);
  report('G11 the same sweep again, relative to the first', again, { max: 0.02 }, 'ratio', seconds(swept.map((s) => s.again)));
} finally {
  await owner.end();
  await server.stop();
}
