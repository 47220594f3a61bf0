import { Refusal } from '../errors.js';
import type { Attribution } from '../event.js';
import { assertKept } from './assert-kept.js';
import type { RetentionEvent } from './events.js';
import { outOfTrash } from './re-evaluate.js';
import type { RetentionState } from './state.js';

/**
 * Undelete: back out of the trash. The package may still be deleted, so it gets a whole new grace before a plan names it again; extend or hold it
 * to keep it longer. Refuses what is not in the trash (`package_not_in_trash`) and what is gone (`package_collected`).
 */
export function restorePackage(state: RetentionState, { time }: Attribution): readonly RetentionEvent[] {
  assertKept(state);
  if (state.trash === null) throw new Refusal('package_not_in_trash', 'This package is not in the trash: there is nothing to restore.');
  return outOfTrash(state, 'asked', time);
}
