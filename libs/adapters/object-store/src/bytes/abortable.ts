/**
 * The same chunks as `source`, but rejects with the signal's reason as soon as it aborts, even while the source is silent.
 * The source is told to stop; a source stuck in a read of its own cannot be forced to.
 */
export function abortable<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return signal === undefined ? source : watched(source, signal);
}

async function* watched<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  // One promise per chunk: racing against a single long-lived promise would keep a reaction per chunk in memory.
  let interrupt: ((reason: unknown) => void) | null = null;
  const onAbort = (): void => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (step.done === true) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a generator suspended in its own await answers only after it wakes up. The caller already has the reason.
    if (!ended) void iterator.return?.().catch(() => undefined);
  }
}
