import type pg from 'pg';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import { Database } from '../database.js';
import { project, type ProjectedEvent } from '../views/project.js';
import { mergeChanges, statementOf } from '../views/row-change.js';
import { views } from '../views/tables.js';

export interface ViewComparison {
  readonly view: string;
  readonly rows: number;
  readonly replayedRows: number;
  readonly identical: boolean;
}

export interface RebuildReport {
  readonly events: number;
  readonly views: readonly ViewComparison[];
  readonly identical: boolean;
  /** True when the views were replaced by the replayed ones. */
  readonly replaced: boolean;
}

const batchSize = 500;

/**
 * Replays the whole log into empty tables and compares them, row by row as text, with the views that appends kept. With `verify` nothing changes;
 * without it the replayed rows take the place of the views. Either way it is one transaction over one snapshot, so services may go on.
 */
export async function rebuildViews(databaseUrl: string, options: { readonly verify: boolean }): Promise<RebuildReport> {
  const database = new Database({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 2 });
  const client = await database.pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    if (!options.verify) await client.query(`lock table events, ${views.map((v) => v.name).join(', ')} in share row exclusive mode`);
    await client.query('create schema muniment_replay');
    for (const view of views) await client.query(`create table muniment_replay.${view.name} (like public.${view.name} including all)`);
    await client.query('set local search_path = muniment_replay, public');
    const events = await replay(client);
    const compared = await compare(client);
    if (!options.verify) await replaceViews(client);
    await client.query('drop schema muniment_replay cascade');
    await client.query('commit');
    return { events, views: compared, identical: compared.every((c) => c.identical), replaced: !options.verify };
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release(true);
    await database.close();
  }
}

interface LoggedRow {
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly subject_id: string;
  readonly revision: number;
  readonly payload: Buffer;
  readonly payload_digest: Buffer;
}

/** By id: streams keep their order in it (see the sequencer), and nothing in a view depends on the order between packages. */
async function replay(client: pg.PoolClient): Promise<number> {
  let count = 0;
  for (let last = '0'; ; ) {
    const { rows } = await client.query<LoggedRow>(
      'select id, type, actor, reason, subject_id, revision, payload, payload_digest from events where id > $1::bigint order by id limit $2',
      [last, batchSize],
    );
    const end = rows.at(-1);
    if (!end) return count;
    await apply(client, rows);
    count += rows.length;
    last = end.id;
  }
}

async function apply(client: pg.PoolClient, rows: readonly LoggedRow[]): Promise<void> {
  const repositories = await repositoriesOf(client, rows);
  const changes = rows.flatMap((row) => {
    const event = parseEvent(row.type, decodeCbor(new Uint8Array(row.payload)));
    if (!event) return []; // an event type of a newer version: its views are of that version too
    if (event.type === 'v1.package.created') repositories.set(row.subject_id, event.payload.repository);
    const projected: ProjectedEvent = {
      subjectId: row.subject_id,
      actor: row.actor,
      reason: row.reason,
      repository: repositories.get(row.subject_id) ?? '',
      revision: row.revision,
      payloadDigest: row.payload_digest.toString('hex'),
      event,
    };
    return project(projected);
  });
  for (const change of mergeChanges(changes)) {
    const values: unknown[] = [];
    const text = statementOf(change, values);
    await client.query(text, values);
  }
}

async function repositoriesOf(client: pg.PoolClient, rows: readonly LoggedRow[]): Promise<Map<string, string>> {
  const ids = [...new Set(rows.map((row) => row.subject_id))];
  const found = await client.query<{ id: string; repository: string }>('select id, repository from packages where id = any($1::uuid[])', [
    ids,
  ]);
  return new Map(found.rows.map((row) => [row.id, row.repository]));
}

async function compare(client: pg.PoolClient): Promise<readonly ViewComparison[]> {
  const compared: ViewComparison[] = [];
  for (const view of views) {
    const digest = (schema: string): string => {
      const key = view.key.map((k) => `t."${k}"::text collate "C"`).join(', ');
      return `select count(*)::int as rows, md5(coalesce(string_agg(md5(t::text), '' order by ${key}), '')) as digest from ${schema}.${view.name} t`;
    };
    const kept = (await client.query<{ rows: number; digest: string }>(digest('public'))).rows[0];
    const replayed = (await client.query<{ rows: number; digest: string }>(digest('muniment_replay'))).rows[0];
    compared.push({
      view: view.name,
      rows: kept?.rows ?? 0,
      replayedRows: replayed?.rows ?? 0,
      identical: kept !== undefined && kept.digest === replayed?.digest,
    });
  }
  return compared;
}

async function replaceViews(client: pg.PoolClient): Promise<void> {
  for (const view of views) {
    await client.query(`delete from public.${view.name}`);
    await client.query(`insert into public.${view.name} select * from muniment_replay.${view.name}`);
  }
}
