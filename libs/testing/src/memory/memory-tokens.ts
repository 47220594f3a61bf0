import type { Tokens } from '@muniment/application';
import type { Instant, Principal } from '@muniment/domain';

interface Stored {
  readonly principal: Principal;
  readonly secretDigest: Uint8Array;
  readonly createdAt: Instant;
}

export class MemoryTokens implements Tokens {
  private readonly stored = new Map<string, Stored>();

  create({ secretDigest, createdAt, ...principal }: Principal & { readonly secretDigest: Uint8Array; readonly createdAt: Instant }) {
    if (this.stored.has(principal.tokenId)) return Promise.resolve(false);
    this.stored.set(principal.tokenId, { principal, secretDigest, createdAt });
    return Promise.resolve(true);
  }

  find(tokenId: string): Promise<Stored | null> {
    return Promise.resolve(this.stored.get(tokenId) ?? null);
  }

  list(): Promise<readonly (Principal & { readonly createdAt: Instant })[]> {
    return Promise.resolve([...this.stored.values()].map(({ principal, createdAt }) => ({ ...principal, createdAt })));
  }

  revoke(tokenId: string, at: Instant): Promise<boolean> {
    const stored = this.stored.get(tokenId);
    if (!stored) return Promise.resolve(false);
    const revokedAt = stored.principal.revokedAt ?? at;
    this.stored.set(tokenId, { ...stored, principal: { ...stored.principal, revokedAt } });
    return Promise.resolve(true);
  }
}
