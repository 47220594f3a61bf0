import type { Instant, UploadPhase, UploadSession } from '@muniment/domain';

/** Operational state of resumable transfers. */
export interface UploadSessions {
  /** Inserts; when the id exists already (idempotent retry) returns the existing session unchanged. */
  open(session: UploadSession): Promise<UploadSession>;
  find(id: string): Promise<UploadSession | null>;
  /** Records progress. Only moves an open session forward. */
  progress(
    id: string,
    change: { readonly offset?: number; readonly size?: number; readonly phase?: UploadPhase; readonly storeHandle?: string },
  ): Promise<void>;
  /** Ends the session; repeating the same end is fine. */
  end(id: string, phase: 'committed' | 'aborted' | 'expired'): Promise<void>;
  /** Open sessions past their time, at most `limit`. */
  overdue(now: Instant, limit: number): Promise<readonly UploadSession[]>;
  /** Runs `work` while no other process touches the session; `null` when somebody else does right now. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T | null>;
}
