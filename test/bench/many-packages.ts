import type { Instant } from '@muniment/domain';
import { encodeCbor } from '@muniment/formats';
import pg from 'pg';

/** When the last of the packages was made; each is a second younger than the one before. */
export const filledUntil = Date.UTC(2026, 0, 1);
/** An instant at which exactly those of the class `transient`, every fifth, are past their expiry. */
export const allTransientDue = new Date(filledUntil + 8 * 86_400_000).toISOString() as Instant;

/** The id of package n: version 7, so that ids sort by time, as the archive makes them. */
const id = `(select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(md5('a' || n), 1, 3) || '-8' || substr(md5('b' || n), 1, 3) || '-'
  || substr(md5('c' || n), 1, 12))::uuid from (select lpad(to_hex((extract(epoch from made) * 1000)::bigint), 12, '0') as h) hex)`;

const description = `jsonb_build_object('package_id', id, 'repository', 'org/repo-' || n % 100, 'name', 'wheelhouse-' || n % 7, 'kind', 'wheelhouse',
  'version', '1.4.' || n, 'producer', 'ci', 'subject', 'refs/tags/v1.4.' || n, 'run', jsonb_build_object('id', (4711 + n)::text, 'attempt', 1,
  'commit', md5('d' || n) || substr(md5('e' || n), 1, 8), 'ref', 'refs/tags/v1.4.' || n, 'url', 'https://ci.example/runs/' || n),
  'metadata', metadata, 'created_at', to_char(made at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;

const applied = encodeCbor({ retention_class: 'transient', expires_at: allTransientDue });

const steps = (count: number): readonly string[] => [
  `create table made as select n, made, ${id} as id, '{"python": "3.12", "platform": "linux-x64"}'::jsonb as metadata
   from generate_series(1, ${count}) n, lateral (select to_timestamp(${filledUntil / 1000} - ${count} + n) as made) at`,
  `insert into packages (id, phase, repository, name, producer, subject, run_id, retention_class, description, metadata, finalize_requested,
     finalization_due, manifest_digest, created_at, finalized_at, wheelhouse, validation, validated_at)
   select id, 'finalized', 'org/repo-' || n % 100, 'wheelhouse-' || n % 7, 'ci', 'refs/tags/v1.4.' || n, (4711 + n)::text,
     case when n % 5 = 0 then 'transient' else 'release-evidence' end, ${description}, metadata, true, true,
     'sha256:' || md5('f' || n) || md5('g' || n), made, made, true, case when n % 1000 = 1 then 'passed' end, case when n % 1000 = 1 then made end
   from made order by n`,
  `insert into retention_state (package_id, revision, revision_without_received, revision_without_ingested, retention_class, current_expires_at, eligible_for_deletion)
   select id, 2, 2, 2, retention_class, created_at + case when retention_class = 'transient' then interval '7 days' else interval '2555 days' end, false
   from packages order by created_at`,
  // All say the same of their retention, and nothing that can be read of their package: only the length is as usual.
  `insert into events (type, time, actor, subject_kind, subject_id, revision, payload, payload_digest)
   select type, created_at, 'token:ci', 'package', id, revision, payload, sha256(payload)
   from packages, lateral (values (1, 'v1.package.created', convert_to(description::text, 'UTF8')),
     (2, 'v1.retention.default_applied', decode('${Buffer.from(applied).toString('hex')}', 'hex'))) v(revision, type, payload) order by created_at, revision`,
  'insert into event_sequence select row_number() over (order by id), id from events',
  'update log_head set sequence = (select max(sequence) from event_sequence), floor_xid = pg_snapshot_xmin(pg_current_snapshot())',
  'drop table made',
  ...['packages', 'retention_state', 'events', 'event_sequence'].map((table) => `vacuum analyze ${table}`),
];

/** Fills an empty archive with packages of two events each, as SQL: through the application it would take an hour. */
export async function fillPackages(ownerUrl: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    for (const step of steps(count)) await client.query(step);
  } finally {
    await client.end();
  }
}
