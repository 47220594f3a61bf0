import { setImmediate as endOfTurn } from 'node:timers/promises';

/** A group of so many need not wait for more: what a group costs whatever its size is shared well enough. */
export const plenty = 8;

/**
 * The moment before a group of requests goes on its way together. What has already reached this process, and only has not been read yet, comes along. Who was answered
 * together comes again at nearly the same time, so a group also waits a moment until it is as large as the last one. One that is alone waits for nobody.
 */
export class Gathering {
  private expected = 0;
  private completed: (() => void) | null = null;

  constructor(
    /** How many are waiting now. */
    private readonly waiting: () => number,
    /** How long a group waits for as many as the last one had. */
    private readonly gatherMs: number,
  ) {}

  /** Resolves when the group should go; asked again only afterwards. */
  async complete(): Promise<void> {
    let before: number;
    do {
      before = this.waiting();
      await endOfTurn();
    } while (this.waiting() > before && this.waiting() < plenty);
    if (this.lacksSome()) await this.forTheOthers();
  }

  /** So many go together: who is answered together. */
  went(count: number): void {
    this.expected = count;
  }

  /** Somebody has come. */
  joined(): void {
    if (!this.lacksSome()) this.completed?.();
  }

  private lacksSome(): boolean {
    return this.waiting() < Math.min(this.expected, plenty);
  }

  private async forTheOthers(): Promise<void> {
    await new Promise<void>((resolve) => {
      const impatient = setTimeout(resolve, this.gatherMs);
      this.completed = () => {
        clearTimeout(impatient);
        resolve();
      };
    });
    this.completed = null;
  }
}
