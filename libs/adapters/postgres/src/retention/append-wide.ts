import type { Database } from '../database.js';
import { wideStatement, type WideFact } from './wide-statement.js';

/** Advisory lock of wide appends: one at a time, so that the second sees what the first did instead of meeting it package by package. */
const wideLock = 7_180_002;

/** The planner may know nothing yet of tables that grew since they were last looked at, so it is told: rows through indexes. And sorts stay in memory. */
const settings = { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_mergejoin: 'off', work_mem: '64MB' };
const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
const prepare = `select ${set.join(', ')}, pg_advisory_xact_lock(${wideLock})`;

export interface WideResult<Summary> {
  readonly appended: readonly string[];
  /** How many packages the query found; those that are not among `appended` moved meanwhile. */
  readonly wanted: number;
  readonly summary: Summary;
}

interface Row<Summary> {
  readonly appended: string | null;
  readonly wanted: number;
  readonly summary: Summary;
}

/**
 * Appends to all packages of the query but those that somebody appends to in the same moment. The lock is taken in a statement of its own, so that the snapshot of
 * the next one is younger than the previous holder's commit.
 */
export function appendWide<Summary>(database: Database, fact: WideFact): Promise<WideResult<Summary>> {
  const { text, values } = wideStatement(fact);
  return database.transaction(async (client) => {
    await client.query(prepare);
    const { rows } = await client.query<Row<Summary>>(text, [...values]);
    const [row] = rows;
    if (row === undefined) throw new Error('an aggregate always answers');
    return { appended: row.appended === null ? [] : row.appended.split(','), wanted: row.wanted, summary: row.summary };
  });
}
