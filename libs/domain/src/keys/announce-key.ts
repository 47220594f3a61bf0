import type { DecisionContext } from '../event.js';
import type { Instant } from '../instant.js';
import type { KeyAnnounced, KeyEvent } from './events.js';

/** A key as its events left it. */
export interface KeyState {
  readonly revision: number;
  readonly announced: KeyAnnounced['payload'];
  readonly compromisedAt: Instant | null;
}

/** What the keyring says of a key. */
export interface AnnounceKey {
  readonly key: Omit<KeyAnnounced['payload'], 'announced_at'>;
  readonly compromisedAt: Instant | null;
}

/** The facts that bring the log up to what the keyring says; none when it already is. A compromise is never taken back, and only moves earlier. */
export function announceKey(state: KeyState | null, { key, compromisedAt }: AnnounceKey, { now }: DecisionContext): readonly KeyEvent[] {
  const news: KeyEvent[] = [];
  if (state === null || differs(state.announced, key)) news.push({ type: 'v1.key.announced', payload: { ...key, announced_at: now } });
  const known = state?.compromisedAt ?? null;
  if (compromisedAt !== null && (known === null || compromisedAt < known)) {
    news.push({ type: 'v1.key.compromised', payload: { key_id: key.key_id, compromised_at: compromisedAt, reported_at: now } });
  }
  return news;
}

function differs(known: KeyAnnounced['payload'], key: AnnounceKey['key']): boolean {
  return (['name', 'purpose', 'algorithm', 'public_key', 'not_before', 'not_after'] as const).some((field) => known[field] !== key[field]);
}
