import { openNote, parseCheckpoint, type Hash, type NoteVerifier } from '@muniment/formats';
import type pg from 'pg';

/** A checkpoint to be compared: stored in the database, or kept elsewhere. */
export interface ComparedCheckpoint {
  /** How to call it in the report. */
  readonly name: string;
  readonly size: number;
  readonly root: Uint8Array;
}

interface CheckpointRow {
  readonly id: string;
  readonly size: string;
  readonly root: Buffer;
  readonly note: string;
}

const mostTold = 5;
const pageRows = 1_000;

/** What is wrong with checkpoints, told shortly. */
export class CheckpointFindings {
  checked = 0;
  private readonly wrong: string[] = [];
  /** Largest tree whose signed root the events lead to. */
  confirmed = 0;

  note(problem: string): void {
    this.wrong.push(problem);
  }

  compare(checkpoint: ComparedCheckpoint, root: Hash): void {
    this.checked++;
    if (Buffer.compare(checkpoint.root, root) === 0) this.confirmed = Math.max(this.confirmed, checkpoint.size);
    else this.note(`${checkpoint.name}: the events lead to another root`);
  }

  get ok(): boolean {
    return this.wrong.length === 0;
  }

  told(): string {
    if (this.ok) return `${this.checked} checked`;
    const more = this.wrong.length - mostTold;
    return `${this.wrong.slice(0, mostTold).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
  }
}

/** Stored checkpoints by size, a page at a time. Those whose note, row and signature do not fit together are told to `findings`. */
export async function* storedCheckpoints(
  client: pg.PoolClient,
  verifiers: readonly NoteVerifier[],
  findings: CheckpointFindings,
): AsyncGenerator<ComparedCheckpoint> {
  for (let last = { size: '-1', id: '0' }; ; ) {
    const { rows } = await client.query<CheckpointRow>(
      'select id, size, root, note from log_checkpoints where (size, id) > ($1::bigint, $2::bigint) order by size, id limit $3',
      [last.size, last.id, pageRows],
    );
    const end = rows.at(-1);
    if (end === undefined) return;
    for (const row of rows) {
      const problem = problemOf(row, verifiers);
      if (problem !== null) findings.note(`checkpoint of ${row.size}: ${problem}`);
      yield { name: `checkpoint of ${row.size}`, size: Number(row.size), root: row.root };
    }
    last = end;
  }
}

function problemOf(row: CheckpointRow, verifiers: readonly NoteVerifier[]): string | null {
  try {
    const { text } = openNote(row.note, verifiers);
    const { size, root } = parseCheckpoint(text);
    return String(size) === row.size && Buffer.compare(root, row.root) === 0 ? null : 'the row is not what its note says';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
