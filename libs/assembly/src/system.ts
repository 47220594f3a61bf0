import { v5, v7 } from 'uuid';
import type { Ids } from '@muniment/application';

/** UUID version 7 (RFC 9562): identifiers that sort by time keep database indexes compact. */
export const systemIds: Ids = { next: () => v7() };

const namespace = '6d756e69-6d65-4e74-8000-000000000001';

/** The identifier that events use for a key (UUID version 5 of its key id). */
export function subjectOfKey(keyId: string): string {
  return v5(`key\n${keyId}`, namespace);
}

/** The identifier a token's Idempotency-Key stands for (UUID version 5): the same after a crash, in every process. */
export function idOfKey(tokenId: string, key: string): string {
  return v5(`${tokenId}\n${key}`, namespace);
}
