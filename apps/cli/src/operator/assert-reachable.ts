import { CliError } from '../exit-codes.js';

const ways = '--database-url or MUNIMENT_DATABASE_URL';

/** Connects once, before a verb begins to work on the database itself. Refuses one that does not answer (10), and a URL that names none or may not log in (2). Tells no password. */
export async function assertReachable(databaseUrl: string): Promise<void> {
  const { tryConnection } = await import('@muniment/postgres');
  const failure = await tryConnection(databaseUrl);
  if (failure === null) return;
  const { kind, why } = failure;
  if (kind === 'malformed') {
    throw new CliError(
      'usage',
      `The database URL cannot be used: ${why}. Write it like postgres://user:password@host:5432/muniment in ${ways}; special characters of the password are percent-encoded.`,
    );
  }
  const { host, pathname } = new URL(databaseUrl);
  const database = { host, database: pathname.slice(1) };
  if (kind === 'refused') {
    throw new CliError(
      'usage',
      `The database server at ${host} refuses: ${why}. Correct user, password or database name in ${ways}.`,
      database,
    );
  }
  throw new CliError(
    'connection',
    `No database answers at ${host}: ${why}. Is it running? Start it, or name another with ${ways}.`,
    database,
  );
}
