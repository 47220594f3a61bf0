import { createHash, randomUUID } from 'node:crypto';
import { stagingKey, type ObjectStore } from '@muniment/application';
import { parseSha256, type Sha256 } from '@muniment/domain';

/** The store of a running suite. Its fields are there from `beforeAll` on. */
export interface StoreSubject {
  readonly store: ObjectStore;
  /** The same bytes seen by another process, where there can be one. */
  readonly other: ObjectStore;
  /** Stages bytes under a fresh key. */
  staged(bytes: Buffer): Promise<string>;
}

export const mebi = 1024 * 1024;
export const distantFuture = new Date('2999-01-01T00:00:00Z');
export const distantPast = new Date('2001-01-01T00:00:00Z');

export function freshKey(): string {
  return stagingKey(randomUUID());
}

export function digest(bytes: Uint8Array): Sha256 {
  return parseSha256(createHash('sha256').update(bytes).digest('hex'));
}
