import pg from 'pg';

const patienceMs = 10_000;

/** Why a database cannot be used. */
export interface ConnectionFailure {
  /** `malformed`: the URL is none. `unreachable`: nobody answers, or not now. `refused`: the server takes no such login or has no such database. */
  readonly kind: 'malformed' | 'unreachable' | 'refused';
  /** What the system or the server says. Holds no password. */
  readonly why: string;
}

/** SQLSTATE classes of what trying again cannot help: authorization, name of the database, privileges. */
const refusing = /^(?:28|3D|42)/;

/** Connects once and disconnects again; null when that works. */
export async function tryConnection(databaseUrl: string): Promise<ConnectionFailure | null> {
  if (!isDatabaseUrl(databaseUrl)) return { kind: 'malformed', why: 'it is not a postgres:// address' };
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: patienceMs, application_name: 'muniment' });
  } catch (error) {
    // The files that `sslrootcert` and its like name are read here. What else is thrown may quote the URL, password and all.
    return { kind: 'malformed', why: wordAt(error, 'syscall') === '' ? 'it cannot be read' : wordAt(error, 'message') };
  }
  // A connection that breaks is told by the call that waits for it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    const code = wordAt(error, 'code');
    // Of several addresses that were tried in vain (`localhost`), only the code tells.
    return { kind: refusing.test(code) ? 'refused' : 'unreachable', why: wordAt(error, 'message') || code };
  } finally {
    await client.end();
  }
}

/** An `@`, `/`, `?` or `#` of a password that is not percent-encoded makes a host of what stands before it: a part of a secret, which would be told. */
function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^postgres(?:ql)?:\/\//.test(text)) return false;
  const [authority = ''] = text.replace(/^[a-z]+:\/\//, '').split(/[/?#]/);
  return !text.includes('#') && (authority.includes('@') || !text.includes('@'));
}

/** Told by shape: errors may come from another realm. */
function wordAt(error: unknown, name: 'code' | 'message' | 'syscall'): string {
  const word: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof word === 'string' ? word : '';
}
