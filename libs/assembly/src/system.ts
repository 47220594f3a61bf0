import { randomFillSync } from 'node:crypto';
import { v5, v7 } from 'uuid';
import type { Ids } from '@muniment/application';

const idBytes = 16;
/** Random bytes of identifiers to come: to ask for each one's alone takes five times as long as all the rest of it. */
const drawn = new Uint8Array(256 * idBytes);
let used = drawn.length;

/** UUID version 7 (RFC 9562): identifiers that sort by time keep database indexes compact. */
export const systemIds: Ids = { next: () => v7({ random: draw() }) };

function draw(): Uint8Array {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  return drawn.subarray(used, (used += idBytes));
}

const namespace = '6d756e69-6d65-4e74-8000-000000000001';

/** The identifier that events use for a key (UUID version 5 of its key id). */
export function subjectOfKey(keyId: string): string {
  return v5(`key\n${keyId}`, namespace);
}

/** The identifier a token's Idempotency-Key stands for (UUID version 5): the same after a crash, in every process. */
export function idOfKey(tokenId: string, key: string): string {
  return v5(`${tokenId}\n${key}`, namespace);
}
