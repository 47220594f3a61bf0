const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal, npm and a supervisor may all pass on one key press. */
const sameRequestMs = 500;

/** Listens, from its making on, for requests to stop this process: signals, or the end of the parent that holds our IPC channel. */
export class StopRequest {
  /** Resolves at the first request. */
  readonly asked: Promise<void>;
  private insisted: () => void = () => undefined;

  constructor() {
    this.asked = new Promise((resolve) => {
      let first: number | null = null;
      const ask = (): void => {
        const now = Date.now();
        if (first !== null && now - first > sameRequestMs) this.insisted();
        first ??= now;
        resolve();
      };
      for (const signal of signals) process.on(signal, ask);
      if (process.connected) process.once('disconnect', ask);
    });
  }

  /** What to do when somebody asks again. */
  onInsisted(hurry: () => void): void {
    this.insisted = hurry;
  }
}
