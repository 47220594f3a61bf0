/** A function that runs once; later calls get the same promise. */
export function stopOnce<T>(stop: () => T | Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= Promise.resolve().then(stop));
}
