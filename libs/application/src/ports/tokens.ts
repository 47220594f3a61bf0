import type { Instant, Principal } from '@muniment/domain';

/** API tokens. Secrets exist only in the hands of their owners; here lies their SHA-256. */
export interface Tokens {
  /** False, and nothing changes, when a token of that id is there already. */
  create(token: Principal & { readonly secretDigest: Uint8Array; readonly createdAt: Instant }): Promise<boolean>;
  find(tokenId: string): Promise<{ readonly principal: Principal; readonly secretDigest: Uint8Array } | null>;
  list(): Promise<readonly (Principal & { readonly createdAt: Instant })[]>;
  /** False when there is no such token; revoking twice is fine. */
  revoke(tokenId: string, at: Instant): Promise<boolean>;
}
