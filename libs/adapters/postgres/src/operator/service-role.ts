import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** The role of all services: it can append to the log and never change it. Made by the first migration. */
export const serviceRole = 'muniment_service';

/**
 * Makes (or gives a new password to) a login that is a member of {@link serviceRole}, and returns the URL services use: they can append to the log
 * and never change it. `ownerUrl` is the owner's.
 */
export async function serviceLogin(ownerUrl: string, name = 'muniment'): Promise<string> {
  const password = randomBytes(24).toString('hex');
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const role = pg.escapeIdentifier(name);
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [name]);
    if (rowCount === 0) await client.query(`create role ${role} login`);
    await client.query(`alter role ${role} password ${pg.escapeLiteral(password)}`);
    await client.query(`grant ${serviceRole} to ${role}`);
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = name;
  url.password = password;
  return url.toString();
}
