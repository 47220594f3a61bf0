/**
 * The loop of what has to happen soon after something happened, and now and then in case nobody said so. Rounds of one process never overlap; kicks that come
 * during a round share the next one. Starts of two rounds are at least the pace apart, so that under load each has much to share its cost.
 */
export class Rounds {
  private running: Promise<void> | null = null;
  private again = false;
  private ended = false;
  private timer: NodeJS.Timeout | null = null;
  private endPause: () => void = () => undefined;

  constructor(
    /** Resolves with the pace after this round, in milliseconds from its start. Must not reject. */
    private readonly round: () => Promise<number>,
    private readonly intervalMs: number,
  ) {}

  get closed(): boolean {
    return this.ended;
  }

  /** The first round, and one every `intervalMs` at least. */
  start(): void {
    this.timer = setInterval(() => this.kick(), this.intervalMs);
    this.kick();
  }

  /** There is something to do. */
  kick(): void {
    this.again = true;
    if (this.running || this.ended) return;
    this.running = this.run().finally(() => {
      this.running = null;
      // A kick that came while the last round was ending would else wait for the timer.
      if (this.again) this.kick();
    });
  }

  /** Stops after the round that is under way. */
  async close(): Promise<void> {
    this.ended = true;
    this.endPause();
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.again && !this.ended) {
      this.again = false;
      const started = performance.now();
      const pace = await this.round();
      await this.pause(Math.max(0, pace - (performance.now() - started)));
    }
  }

  /** Ends after that time, or when the rounds end. */
  private pause(milliseconds: number): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
