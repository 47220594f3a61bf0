import type { KeyEvent, KeyState } from '@muniment/domain';

export type FoldedKey = KeyState;

/** The key after one more event. Throws for a key that was never announced. */
export function foldKey(before: FoldedKey | null, event: KeyEvent): FoldedKey {
  if (event.type === 'v1.key.announced')
    return { revision: (before?.revision ?? 0) + 1, announced: event.payload, compromisedAt: before?.compromisedAt ?? null };
  if (before === null) throw new Error('a key was compromised before it was announced');
  return { ...before, revision: before.revision + 1, compromisedAt: event.payload.compromised_at };
}
