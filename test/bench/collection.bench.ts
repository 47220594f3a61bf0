import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ExecuteCollection, PlanCollection, PurgePackages, SettleReleased, StartCollection } from '@muniment/application';
import { instantOf, type Principal, type Sha256 } from '@muniment/domain';
import { identify } from '@muniment/formats';
import { FilesystemStore } from '@muniment/object-store';
import { Postgres } from '@muniment/postgres';
import pg from 'pg';
import { startPostgres, type RunningPostgres } from '../stack/postgres.js';
import { interleaved, median, report, wallSeconds } from './paired-runs.js';

/**
 * A collection deletes at least 1,000 packages a second on the file system store, plan and start included: tombstone, bytes and the
 * record of each place, all durable (fsync on). And it costs what it deletes: with ten times the live packages the same garbage takes less than 20 % longer.
 */
const garbage = Number(process.env['MUNIMENT_BENCH_DELETES'] ?? 2_000);
const live = Number(process.env['MUNIMENT_BENCH_PACKAGES'] ?? 20_000);
const repetitions = 5;
const settings = { shared_buffers: '512MB', max_wal_size: '8GB', checkpoint_timeout: '1h' };
const caller: Principal = { tokenId: 't', name: 'bench', verbs: ['retention'], repositories: ['*'], expiresAt: null, revokedAt: null };
const clock = { now: () => instantOf(new Date()) };

/** Rows as their events would have left them. `$1` how many, `$2` whether they wait in the trash for their end, `$3` their contents, or null for one each. */
const fill = `
  with made as (select gen_random_uuid() as id, n from generate_series(1, $1::int) n), content as (
    select id, n, coalesce(($3::text[])[n], md5('a' || id) || md5('b' || id)) as sha256 from made
  ), p as (
    insert into packages (id, phase, repository, name, producer, description, metadata, finalize_requested, finalization_due, created_at, retention_class)
    select id, 'finalized', 'org/repo-' || n % 50, 'package', 'ci', jsonb_build_object('package_id', id, 'repository', 'org/repo-' || n % 50), '{}', true, true,
      now() - interval '40 days', 'raw-evidence' from made
  ), r as (
    insert into retention_state (package_id, revision, revision_without_received, revision_without_ingested, retention_class, current_expires_at, eligible_for_deletion, eligible_since, trashed_at, purge_after)
    select id, 6, 6, 6, 'raw-evidence', case when $2 then now() - interval '10 days' else now() + interval '10 days' end, $2,
      case when $2 then now() - interval '9 days' end, case when $2 then now() - interval '8 days' end, case when $2 then now() - interval '1 day' end from made
  ), f as (
    insert into files (package_id, path, file_id, phase, size, sha256, blake3, media_type, origin, format, member_count, backend, verified_at)
    select id, 'data.bin', gen_random_uuid(), 'ingested', 1024, sha256, sha256, 'application/octet-stream', 'upload', 'opaque', 0, 'filesystem',
      now() - interval '40 days' from content
  )
  insert into blob_references (package_id, path, sha256, repository) select id, 'data.bin', sha256, 'org/repo-' || n % 50 from content`;

class Archive {
  private constructor(
    private readonly server: RunningPostgres,
    private readonly owner: pg.Client,
    readonly postgres: Postgres,
    private readonly store: FilesystemStore,
    private readonly directory: string,
  ) {}

  static async filled(packages: number): Promise<Archive> {
    const server = await startPostgres({ settings });
    const owner = new pg.Client({ connectionString: server.ownerUrl });
    await owner.connect();
    await owner.query(fill, [packages, false, null]);
    const directory = mkdtempSync(path.join(tmpdir(), 'collection-bench-'));
    const postgres = new Postgres({ MUNIMENT_DATABASE_URL: server.serviceUrl, MUNIMENT_DATABASE_POOL: 16 });
    const archive = new Archive(server, owner, postgres, new FilesystemStore({ root: directory }), directory);
    await postgres.ledger.measure(clock.now());
    return archive;
  }

  /** Seconds that the deletion of fresh garbage takes, from the plan to the completed event. */
  async collect(): Promise<number> {
    const contents: Sha256[] = [];
    for (let n = 0; n < garbage; n++) {
      const bytes = randomBytes(1024);
      const { sha256 } = identify(bytes);
      await this.store.putBlob(sha256, bytes);
      contents.push(sha256);
    }
    await this.owner.query(fill, [garbage, true, contents]);
    for (const table of ['packages', 'retention_state', 'files', 'blob_references']) await this.owner.query(`vacuum analyze ${table}`);
    return wallSeconds(async () => {
      const { log, wideLog, collections, ledger, due, locks, sequencer } = this.postgres;
      const settingsOf = { mode: 'manual', graceSeconds: 0, trashSeconds: 0, maxSharePercent: 100 } as const;
      const planner = new PlanCollection(collections, ledger, settingsOf, clock);
      const { plan, digest } = await planner.execute();
      const id = await new StartCollection(log, collections, planner, settingsOf, clock).execute({
        caller,
        collectionId: randomUUID(),
        planDigest: digest,
        asOf: plan.as_of,
        reason: 'bench',
        overrideBrake: false,
        traceparent: null,
      });
      await sequencer.pass();
      const failed = (error: unknown): void => void console.error(error);
      const execute = new ExecuteCollection(
        { log, wideLog, collections, locks, clock },
        new PurgePackages(log, collections, failed),
        new SettleReleased({ collections, due, locks, store: this.store, log }, 3_600, failed),
      );
      const { result } = await execute.execute(id, null);
      if (result.purged !== garbage || result.bytes_reclaimed !== garbage * 1024)
        throw new Error(`not all is gone: ${JSON.stringify(result)}`);
    });
  }

  async close(): Promise<void> {
    await this.postgres.close();
    await this.owner.end();
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const few = await Archive.filled(live);
const many = await Archive.filled(live * 10);
try {
  await few.collect();
  await many.collect();
  const runs = await interleaved({ few: () => few.collect(), many: () => many.collect() }, repetitions);
  const seconds = (of: 'few' | 'many'): string => `${median(runs.map((run) => run[of])).toFixed(3)} s`;
  const detail = `${garbage} packages of one file deleted beside ${live} live ones in ${seconds('few')}, beside ${live * 10} in ${seconds('many')}`;
  report(
    'collection, planned deletes per second on the file system store',
    runs.map((run) => garbage / run.few),
    { min: 1_000 },
    '1/s',
    detail,
  );
  report(
    'collection, time with ten times the live packages',
    runs.map((run) => run.many / run.few),
    { max: 1.2 },
    'ratio',
    detail,
  );
} finally {
  await few.close();
  await many.close();
}
