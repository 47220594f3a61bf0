import type { Instant, UploadPhase, UploadSession } from '@muniment/domain';

/** What may change of an open session. */
export interface UploadProgress {
  readonly offset?: number;
  readonly unprovenFrom?: number | null;
  readonly size?: number;
  readonly phase?: UploadPhase;
  readonly storeHandle?: string;
}

/** Operational state of resumable transfers. */
export interface UploadSessions {
  /** Inserts; when the id exists already (idempotent retry) returns the existing session unchanged. */
  open(session: UploadSession): Promise<UploadSession>;
  find(id: string): Promise<UploadSession | null>;
  /** Records progress. Only moves an open session forward. */
  progress(id: string, change: UploadProgress): Promise<void>;
  /** Ends the session; repeating the same end is fine. */
  end(id: string, phase: 'committed' | 'aborted' | 'expired'): Promise<void>;
  /** Open sessions past their time, at most `limit`. */
  overdue(now: Instant, limit: number): Promise<readonly UploadSession[]>;
  /**
   * Makes `owner` the only one who may write to, commit or end the session until `until`; renews when it already is. False while somebody else's lease runs.
   * A killed owner's lease runs out by itself.
   */
  lease(id: string, owner: string, now: Instant, until: Instant): Promise<boolean>;
  /** Gives the lease back; nothing happens when it is no longer the owner's. */
  release(id: string, owner: string): Promise<void>;
}
