import type { Held } from '@muniment/application';
import type pg from 'pg';

/**
 * Locks and the session of the server that holds them. What goes through its connection happens while they are held or not at all; and the server gives them back only
 * after it, also when the process that asked for it is gone.
 */
export class HeldLocks implements Held {
  constructor(
    readonly names: readonly string[],
    readonly client: pg.PoolClient,
  ) {}
}
