import { RevisionConflict, type Append, type EventLog, type EventQuery, type SequencedEvent } from '@muniment/application';
import type pg from 'pg';
import type { Database } from '../database.js';
import { HeldLocks } from '../operational/held-locks.js';
import { AppendGroups } from './append-groups.js';
import { appendStatement, inOrder, prepareAppend, type PreparedAppend } from './append-statement.js';
import type { LogSignals } from './log-signals.js';
import { readEvents } from './read-events.js';

const uniqueViolation = '23505';
const notNullViolation = '23502';
const deadlock = '40P01';
/** Packages whose repository is remembered: those that files are being verified of. */
const rememberedPackages = 1_000;

/** The event log in Postgres. */
export class PostgresEventLog implements EventLog {
  private readonly groups = new AppendGroups((appends) => this.send(appends), isUndone);
  private readonly repositories = new Map<string, string>();

  constructor(
    private readonly database: Database,
    private readonly signals: LogSignals,
  ) {}

  async append(append: Append): Promise<{ readonly revision: number }> {
    const { under } = append;
    if (under !== undefined && !(under instanceof HeldLocks)) throw new Error('These locks are not of this database.');
    const prepared = prepareAppend(append, await this.repositoryOf(append));
    try {
      // Together with others it would go through any connection.
      const [revision] = under === undefined ? [await this.groups.commit(prepared)] : await this.send([prepared], under.client);
      return { revision: revision ?? append.expectedRevision + append.facts.length };
    } catch (error) {
      if (isConflict(error)) {
        throw new RevisionConflict(`${append.subject.id} moved on since revision ${append.expectedRevision}`);
      }
      throw error;
    }
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

  /** Answers the revision of each append's last event, where the database gave it. */
  private async send(
    appends: readonly PreparedAppend[],
    through: pg.Pool | pg.PoolClient = this.database.pool,
  ): Promise<readonly (number | null)[]> {
    const statement = appendStatement(appends);
    const { rows } = await through.query<number[]>({ ...statement, values: [...statement.values], rowMode: 'array' });
    this.signals.appended();
    const [[, ...revisions] = []] = rows;
    // Those of one statement all move, or none does.
    const ordered = inOrder(appends);
    return appends.map((append) => revisions[ordered.indexOf(append)] ?? null);
  }

  /** References carry their package's repository; it never changes, and only appends that ingest a file need it. */
  private async repositoryOf(append: Append): Promise<string> {
    if (!append.facts.some((fact) => fact.type === 'v1.file.ingested')) return '';
    const known = this.repositories.get(append.subject.id);
    if (known !== undefined) return known;
    const { rows } = await this.database.pool.query<{ repository: string }>({
      name: 'package_repository',
      text: 'select repository from packages where id = $1',
      values: [append.subject.id],
    });
    const repository = rows[0]?.repository;
    if (repository === undefined) throw new Error(`package ${append.subject.id} has no row, yet a file of it is ingested`);
    if (this.repositories.size >= rememberedPackages) this.repositories.clear();
    this.repositories.set(append.subject.id, repository);
    return repository;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Somebody else was quicker: the revision is taken, the package's row did not move (so its events have no revision), or both waited for each other. */
function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  if (code === notNullViolation) return error instanceof Error && 'column' in error && error.column === 'revision';
  return code === uniqueViolation || code === deadlock;
}

/**
 * A violated constraint (class 23), a deadlock or another reason to try again (class 40): the server says so itself, so the statement is rolled back. Any other
 * error, above all a lost connection, leaves open whether it was committed.
 */
function isUndone(error: unknown): boolean {
  const code = codeOf(error);
  return typeof code === 'string' && /^(23|40)[0-9A-Z]{3}$/.test(code);
}
