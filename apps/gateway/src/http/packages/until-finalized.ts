import type { PackageView, ReadEvents } from '@muniment/application';

const maxWaitSeconds = 60;
const pollMs = 500;

/** Seconds a client is ready to wait (RFC 7240 `Prefer: wait=N`), at most a minute; 0 without the preference. */
export function preferredWait(header: string | string[] | undefined): number {
  const match = /(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])/.exec(String(header ?? ''));
  return Math.min(Number(match?.[1] ?? 0), maxWaitSeconds);
}

/** What is waited for: how the package stands, and whether it can still be finalized. */
export interface Finalizing {
  readonly look: () => Promise<PackageView>;
  /** Asks for finalization once more: changes nothing, but is refused when a file was refused meanwhile. */
  readonly askAgain: () => Promise<void>;
}

/**
 * Returns when the package is no longer open or the time is over, whichever comes first; ends with the refusal when a file of it is refused. Woken by the log, and
 * by a slow poll in case a wake-up is lost.
 */
export async function untilFinalized({ look, askAgain }: Finalizing, events: ReadEvents, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (let asked = Date.now(); Date.now() < deadline && (await look()).state.phase === 'created'; ) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, Math.min(pollMs, Math.max(0, deadline - Date.now())));
      const unsubscribe = events.onNew(wake);
      function wake(): void {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      }
    });
    // Not at every wake-up: it counts the files.
    if (Date.now() - asked < pollMs) continue;
    await askAgain();
    asked = Date.now();
  }
}
