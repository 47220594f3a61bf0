const pauseMs = 10;
const patienceMs = 20_000;

/** Asks until the answer is true. For what another process or a timer must bring about: no test may guess how long that takes. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
