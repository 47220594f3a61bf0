/**
 * Admits at most `limit` at a time, in order of arrival. Who holds a lock holds a connection and needs another one for its work: with all connections
 * gone to lock holders nobody could go on.
 */
export class ConnectionShare {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.taken < this.limit) this.taken++;
    // The one that leaves hands its place on, so the count stays.
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.taken--;
    }
  }
}
