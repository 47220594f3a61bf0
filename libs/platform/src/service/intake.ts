import type { Logger } from '../logging/logger.js';

interface Source {
  readonly name: string;
  readonly stop: (deadline: AbortSignal) => unknown;
}

/** Everything that brings work in: requests, jobs, loops. All stop at once, and together get one bounded time to finish. */
export class Intake {
  private readonly sources: Source[] = [];

  constructor(private readonly logger: Logger) {}

  /** `stop` refuses new work at once and resolves when the running work has ended; `deadline` fires when it may wait no longer. */
  add(name: string, stop: (deadline: AbortSignal) => unknown): void {
    this.sources.push({ name, stop });
  }

  /** Never throws: work that did not end is named in the log, and whoever owns it (queue, client) repeats it. */
  async stop(milliseconds: number): Promise<void> {
    const waiting = new Set(this.sources.map(({ name }) => name));
    const deadline = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    const all = Promise.all(
      [...this.sources].reverse().map(async ({ name, stop }) => {
        try {
          await stop(deadline.signal);
        } catch (error) {
          this.logger.error({ part: name, err: error }, 'could not be stopped');
        }
        waiting.delete(name);
      }),
    );
    await Promise.race([all, timeUp]);
    clearTimeout(timer);
    if (waiting.size === 0) return;
    this.logger.warn({ unfinished: [...waiting] }, 'drain time is over');
    deadline.abort();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
