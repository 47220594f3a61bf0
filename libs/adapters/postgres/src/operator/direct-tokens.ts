import { IssueToken, type IssueTokenCommand } from '@muniment/application';
import { instantOf, isLive } from '@muniment/domain';
import { Postgres } from '../postgres.js';

const clock = { now: () => instantOf(new Date()) };

/** Issues a token straight in the database: how an operator makes the first one. Returns the secret, which is shown nowhere else. */
export async function createToken(
  databaseUrl: string,
  command: IssueTokenCommand,
): Promise<{ readonly id: string; readonly token: string }> {
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 2 });
  try {
    const { token, principal } = await new IssueToken(postgres.tokens, clock).execute(command);
    return { id: principal.tokenId, token };
  } finally {
    await postgres.close();
  }
}

/**
 * The administrator's token of an embedded installation: `current` while it is live in the database, else a new one. The caller keeps it where only
 * its owner can read.
 */
export async function ensureAdminToken(databaseUrl: string, current: string | null): Promise<string> {
  const postgres = new Postgres({ MUNIMENT_DATABASE_URL: databaseUrl, MUNIMENT_DATABASE_POOL: 2 });
  try {
    const id = current?.split('_')[1];
    const known = id === undefined ? null : await postgres.tokens.find(id);
    if (current !== null && known && isLive(known.principal, clock.now())) return current;
    const issued = await new IssueToken(postgres.tokens, clock).execute({
      name: 'admin',
      verbs: ['admin'],
      repositories: ['*'],
      expiresInDays: null,
    });
    return issued.token;
  } finally {
    await postgres.close();
  }
}
