/** Runs `work` for every item, at most `width` at a time, begun in order. The first error ends the run once what is under way is done. */
export async function inParallel<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  // One iterator for all runners: each takes the next item when it is free.
  const queue = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const run = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true && failures.length === 0; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  if (failures.length > 0) throw failures[0];
}
