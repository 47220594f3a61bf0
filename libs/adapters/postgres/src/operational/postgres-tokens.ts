import type { Tokens } from '@muniment/application';
import type { Instant, Principal, Verb } from '@muniment/domain';
import type { Database } from '../database.js';
import type { ApiToken } from '../generated/client.js';
import { instant } from '../views/rows-of-packages.js';

export class PostgresTokens implements Tokens {
  constructor(private readonly database: Database) {}

  async create(token: Principal & { readonly secretDigest: Uint8Array; readonly createdAt: Instant }): Promise<boolean> {
    const { tokenId, name, secretDigest, createdAt, expiresAt, revokedAt } = token;
    const row = { id: tokenId, name, secretDigest: new Uint8Array(secretDigest), createdAt, expiresAt, revokedAt };
    const { count } = await this.database.prisma.apiToken.createMany({
      data: [{ ...row, verbs: [...token.verbs], repositories: [...token.repositories] }],
      skipDuplicates: true,
    });
    return count > 0;
  }

  async find(tokenId: string): Promise<{ readonly principal: Principal; readonly secretDigest: Uint8Array } | null> {
    const row = await this.database.prisma.apiToken.findUnique({ where: { id: tokenId } });
    return row && { principal: principalOf(row), secretDigest: row.secretDigest };
  }

  async list(): Promise<readonly (Principal & { readonly createdAt: Instant })[]> {
    const rows = await this.database.prisma.apiToken.findMany({ orderBy: { createdAt: 'asc' } });
    return rows.map((row) => ({ ...principalOf(row), createdAt: instant(row.createdAt) }));
  }

  async revoke(tokenId: string, at: Instant): Promise<boolean> {
    const { apiToken } = this.database.prisma;
    const { count } = await apiToken.updateMany({ where: { id: tokenId, revokedAt: null }, data: { revokedAt: at } });
    return count > 0 || (await apiToken.findUnique({ where: { id: tokenId } })) !== null;
  }
}

function principalOf(row: ApiToken): Principal {
  return {
    tokenId: row.id,
    name: row.name,
    verbs: row.verbs as Verb[],
    repositories: row.repositories,
    expiresAt: row.expiresAt && instant(row.expiresAt),
    revokedAt: row.revokedAt && instant(row.revokedAt),
  };
}
