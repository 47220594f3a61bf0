import type { Database } from '../database.js';
import { wideStatement, type WideFact, type WideResult } from './wide-statement.js';

/** Advisory lock of wide appends: one at a time, so that the second sees what the first did instead of meeting it package by package. */
const wideLock = 7_180_002;

/**
 * The planner may know nothing yet of tables that grew since they were last looked at, so it is told: rows by index, never whole tables (a bitmap
 * would also not learn which index entries are dead, and the next chunk would visit their rows again). Sorts stay in memory.
 */
const settings = [
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['enable_mergejoin', 'off'],
  ['work_mem', '64MB'],
];
const prepare = `select ${settings.map(([name, value]) => `set_config('${name}', '${value}', true)`).join(', ')}, pg_advisory_xact_lock(${wideLock})`;

/** Runs the statement in a transaction of its own. The lock comes in a statement before, so that its snapshot is younger than the previous holder's commit. */
export async function appendWide(
  database: Database,
  fact: WideFact,
): Promise<{ readonly appended: readonly string[]; readonly wanted: number }> {
  const { text, values } = wideStatement(fact);
  return database.transaction(async (client) => {
    await client.query(prepare);
    const { rows } = await client.query<WideResult>(text, [...values]);
    const { appended, wanted, viewed } = rows[0] ?? { appended: null, wanted: 0, viewed: 0 };
    const ids = appended ?? [];
    if (ids.length !== viewed) throw new Error(`${ids.length} facts would have changed ${viewed} rows of the views; nothing was recorded`);
    return { appended: ids, wanted };
  });
}
