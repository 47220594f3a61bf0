import { RevisionConflict, type Append, type EventLog, type EventQuery, type SequencedEvent } from '@muniment/application';
import type { Database } from '../database.js';
import { appendStatement } from './append-statement.js';
import type { LogSignals } from './log-signals.js';
import { readEvents } from './read-events.js';

const uniqueViolation = '23505';

/** The event log in Postgres. */
export class PostgresEventLog implements EventLog {
  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async append(append: Append): Promise<{ readonly revision: number }> {
    const statement = appendStatement(append, await this.repositoryOf(append));
    try {
      await this.database.pool.query({ ...statement, values: [...statement.values] });
    } catch (error) {
      if (isUniqueViolation(error)) throw new RevisionConflict(`${append.subject.id} is no longer at revision ${append.expectedRevision}`);
      throw error;
    }
    this.signals.appended();
    return { revision: append.expectedRevision + append.facts.length };
  }

  read(query: EventQuery): Promise<readonly SequencedEvent[]> {
    return readEvents(this.database.pool, query);
  }

  async head(): Promise<bigint> {
    const { rows } = await this.database.pool.query<{ sequence: string }>('select sequence from log_head');
    return BigInt(rows[0]?.sequence ?? 0);
  }

  onSequenced(listener: () => void): () => void {
    return this.signals.onSequenced(listener);
  }

  /** References carry their package's repository; it never changes, and only appends that ingest a file need it. */
  private async repositoryOf(append: Append): Promise<string> {
    if (!append.facts.some((fact) => fact.type === 'v1.file.ingested')) return '';
    const { rows } = await this.database.pool.query<{ repository: string }>({
      name: 'package_repository',
      text: 'select repository from packages where id = $1',
      values: [append.subject.id],
    });
    const repository = rows[0]?.repository;
    if (repository === undefined) throw new Error(`package ${append.subject.id} has no row, yet a file of it is ingested`);
    return repository;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation;
}
