/**
 * That locks are held. An append made under it is recorded only while they are, and they stay until it is decided, whatever becomes of its process: who takes them next
 * sees it, or it never happens. Nothing but the locks that gave it knows what is in it.
 */
export interface Held {
  readonly names: readonly string[];
}

/** Mutual exclusion across processes. A killed process loses its locks. Names are short and never secret. */
export interface Locks {
  /** Runs `work` alone, or returns null at once when somebody else holds the name. */
  tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  /** Runs `work` alone, waiting for whoever holds the name. */
  hold<T>(name: string, work: (held: Held) => Promise<T>): Promise<T>;
  /** Runs `work` with those of the names that nobody else holds now, perhaps none. One connection, whatever their number (at most a thousand). */
  tryHoldAll<T>(names: readonly string[], work: (held: ReadonlySet<string>) => Promise<T>): Promise<T>;
  /** Runs `work` holding all names, waiting for whoever holds some. Taken in one order everywhere, so that two callers never wait for each other. */
  holdAll<T>(names: readonly string[], work: (held: Held) => Promise<T>): Promise<T>;
}
