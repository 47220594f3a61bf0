/** Mutual exclusion across processes. A killed process loses its locks. Names are short and never secret. */
export interface Locks {
  /** Runs `work` alone, or returns null at once when somebody else holds the name. */
  tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  /** Runs `work` alone, waiting for whoever holds the name. */
  hold<T>(name: string, work: () => Promise<T>): Promise<T>;
}
