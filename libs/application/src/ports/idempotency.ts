import type { Instant } from '@muniment/domain';

/** The answer first given for an Idempotency-Key. */
export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers by (token, key). A claim whose process neither answered nor renewed it may be taken over after ten seconds. */
export interface IdempotencyKeys {
  /** `claimed`: go on and answer. `answered`: replay this. `busy`: another request is at it. `reused`: same key, other request. */
  claim(
    tokenId: string,
    key: string,
    fingerprint: string,
    now: Instant,
  ): Promise<{ readonly outcome: 'claimed' | 'busy' | 'reused' } | { readonly outcome: 'answered'; readonly answer: RecordedAnswer }>;
  /** The request is still running: to be said every few seconds. */
  renew(tokenId: string, key: string, now: Instant): Promise<void>;
  answer(tokenId: string, key: string, answer: RecordedAnswer): Promise<void>;
  release(tokenId: string, key: string): Promise<void>;
  /** Forgets answers older than `before`. */
  forget(before: Instant): Promise<number>;
}
