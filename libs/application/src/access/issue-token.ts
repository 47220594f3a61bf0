import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isLive, plusSeconds, Refusal, type Instant, type Principal, type Verb } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { Tokens } from '../ports/tokens.js';

export interface IssueTokenCommand {
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly repositories: readonly string[];
  readonly expiresInDays: number | null;
  /** The same whenever the same request comes again: it makes one token. Absent: a request that is never repeated. */
  readonly requestId?: string;
}

/** `mun_<id>_<secret>`: the id (hexadecimal, so that it is a plain argument in any shell) finds the row, the secret proves possession. */
const tokenShape = /^mun_([0-9a-f]{16})_([A-Za-z0-9-]{43})$/;

/** Issues a token: 256 random bits, shown once; only their SHA-256 is stored. */
export class IssueToken {
  constructor(
    private readonly tokens: Tokens,
    private readonly clock: Clock,
  ) {}

  /**
   * Refuses (`idempotency_key_reused`) a request that made a token before: its secret was in an answer that is lost, and is not given to two, because whoever comes
   * later may be the one that nobody waits for any more.
   */
  async execute(
    command: IssueTokenCommand,
  ): Promise<{ readonly token: string; readonly principal: Principal; readonly createdAt: Instant }> {
    const createdAt = this.clock.now();
    const tokenId = command.requestId === undefined ? randomBytes(8).toString('hex') : idOfRequest(command.requestId);
    const secret = randomText(32);
    const principal: Principal = {
      tokenId,
      name: command.name,
      verbs: command.verbs,
      repositories: command.repositories,
      expiresAt: command.expiresInDays === null ? null : plusSeconds(createdAt, command.expiresInDays * 86_400),
      revokedAt: null,
    };
    if (!(await this.tokens.create({ ...principal, secretDigest: digest(secret), createdAt }))) {
      throw new Refusal(
        'idempotency_key_reused',
        `This Idempotency-Key made token ${tokenId}, whose secret was shown once. Revoke it, and use a new key for a new token.`,
        { token_id: tokenId },
      );
    }
    return { token: `mun_${tokenId}_${secret}`, principal, createdAt };
  }
}

/** Tells who presents a token; null when it is malformed, unknown, wrong, expired or revoked: the difference is nobody's business. */
export class Authenticate {
  private readonly cache = new Map<string, { readonly until: number; readonly principal: Principal; readonly secretDigest: Uint8Array }>();

  constructor(
    private readonly tokens: Tokens,
    private readonly clock: Clock,
    /** How long a revocation may take to reach this process, in milliseconds. */
    private readonly cacheMs = 2_000,
  ) {}

  async execute(presented: string): Promise<Principal | null> {
    const match = tokenShape.exec(presented);
    const [, tokenId, secret] = match ?? [];
    if (tokenId === undefined || secret === undefined) return null;
    const known = await this.find(tokenId);
    if (!known || !timingSafeEqual(digest(secret), known.secretDigest)) return null;
    return isLive(known.principal, this.clock.now()) ? known.principal : null;
  }

  private async find(tokenId: string): Promise<{ readonly principal: Principal; readonly secretDigest: Uint8Array } | null> {
    const now = Date.now();
    const cached = this.cache.get(tokenId);
    if (cached && cached.until > now) return cached;
    const found = await this.tokens.find(tokenId);
    // Bound: unknown ids are never kept, so nobody can fill the map with guesses.
    if (this.cache.size > 10_000) this.cache.clear();
    if (found) this.cache.set(tokenId, { ...found, until: now + this.cacheMs });
    else this.cache.delete(tokenId);
    return found;
  }
}

function idOfRequest(requestId: string): string {
  return hash('sha256', requestId).slice(0, 16);
}

function digest(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url').replaceAll('_', '-');
}
