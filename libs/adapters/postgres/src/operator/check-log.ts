import type { WantedCosignatures } from '@muniment/application';
import type pg from 'pg';
import { decodeCbor, encodeCbor, sha256Hex } from '@muniment/formats';
import { Database } from '../database.js';
import { checkTree, type TreeEvidence } from './check-tree.js';
import { newestCosigned, type StoredCheckpoint } from './cosigned-checkpoint.js';

export interface LogCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface LogReport {
  readonly head: number;
  readonly events: number;
  /** Committed but not yet numbered: normal for a moment, suspicious when it stays. */
  readonly unsequenced: number;
  readonly checks: readonly LogCheck[];
  /** The newest checkpoint that bears the cosignatures asked for, else the newest; compared with the tree like all others, its cosignatures not judged. */
  readonly newest: StoredCheckpoint | null;
  readonly ok: boolean;
}

export interface LogEvidence extends TreeEvidence {
  /** By which cosignatures to choose the newest checkpoint; default: any. */
  readonly wanted?: WantedCosignatures;
}

const batchSize = 1000;

/**
 * Reads the whole log and checks what it promises: gapless order, whole streams in order, payloads canonical and equal to their digests; then its tree
 * and every checkpoint, also those that were kept elsewhere. In one snapshot.
 */
export async function checkLog(databaseUrl: string, evidence: LogEvidence = { keys: [], kept: [] }): Promise<LogReport> {
  const database = new Database({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 2 });
  const client = await database.pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const one = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n ?? 0);
    const head = await one('select sequence as n from log_head');
    const events = await one('select count(*) as n from events');
    const sequenced = await one('select count(*) as n from event_sequence');
    const highest = await one('select coalesce(max(sequence), 0) as n from event_sequence');
    const brokenStreams = await one(
      'select count(*) as n from (select 1 from events group by subject_id having count(*) <> max(revision) or min(revision) <> 1) s',
    );
    const disordered = await one(
      `select count(*) as n from (
         select s.sequence - lag(s.sequence) over (partition by e.subject_id order by e.revision) as step
         from events e join event_sequence s on s.event_id = e.id) o where step <= 0`,
    );
    const payloads = await checkPayloads(client);
    const checks: LogCheck[] = [
      { check: 'gapless', ok: head === sequenced && head === highest, detail: `head ${head}, ${sequenced} numbered, highest ${highest}` },
      { check: 'streams-whole', ok: brokenStreams === 0, detail: `${brokenStreams} streams with missing or repeated revisions` },
      { check: 'streams-ordered', ok: disordered === 0, detail: `${disordered} events numbered before an earlier revision` },
      { check: 'digests', ok: payloads.digest.length === 0, detail: listed(payloads.digest) },
      { check: 'canonical', ok: payloads.canonical.length === 0, detail: listed(payloads.canonical) },
      ...(await checkTree(client, evidence)),
    ];
    const newest = await newestCosigned(client, evidence.wanted ?? { least: 1, by: [] });
    await client.query('commit');
    return { head, events, unsequenced: events - sequenced, checks, newest, ok: checks.every((c) => c.ok) };
  } finally {
    client.release(true);
    await database.close();
  }
}

async function checkPayloads(client: pg.PoolClient): Promise<{ readonly digest: string[]; readonly canonical: string[] }> {
  const wrong = { digest: [] as string[], canonical: [] as string[] };
  for (let last = '0'; ; ) {
    const { rows } = await client.query<{ id: string; payload: Buffer; payload_digest: Buffer }>(
      'select id, payload, payload_digest from events where id > $1::bigint order by id limit $2',
      [last, batchSize],
    );
    const end = rows.at(-1);
    if (!end) return wrong;
    for (const row of rows) {
      const payload = new Uint8Array(row.payload);
      if (sha256Hex(payload) !== row.payload_digest.toString('hex')) wrong.digest.push(row.id);
      else if (!isCanonical(payload)) wrong.canonical.push(row.id);
    }
    last = end.id;
  }
}

function isCanonical(payload: Uint8Array): boolean {
  try {
    return Buffer.compare(encodeCbor(decodeCbor(payload)), payload) === 0;
  } catch {
    // Not decodable at all: certainly not canonical, and reported as such.
    return false;
  }
}

function listed(ids: readonly string[]): string {
  return ids.length === 0 ? 'every payload' : `rows ${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`;
}
