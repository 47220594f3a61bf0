import type { EventLog } from '../ports/event-log.js';

/** Sequencing takes milliseconds. Should nobody do it for this long, readers get what there is. */
const patienceMs = 2_000;
const pollMs = 100;

/**
 * Waits until the log shows a package up to a revision that views have shown already, so that whoever did something finds it in what is read from
 * the log next. Returns also when that does not happen in time.
 */
export async function awaitSequenced(log: EventLog, packageId: string, revision: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const sequenced = sequencing(log);
    try {
      if ((await log.read({ after: 0n, limit: 1, subjectId: packageId, fromRevision: revision })).length > 0) return;
      await sequenced.soon;
    } finally {
      sequenced.forget();
    }
  }
}

/** Listening begins before the log is read: what is sequenced in between is not missed. */
function sequencing(log: EventLog): { readonly soon: Promise<void>; readonly forget: () => void } {
  let forget = (): void => undefined;
  const soon = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pollMs);
    const unsubscribe = log.onSequenced(resolve);
    forget = () => {
      clearTimeout(timer);
      unsubscribe();
    };
  });
  return { soon, forget };
}
