import type { Locks } from '@muniment/application';

export class MemoryLocks implements Locks {
  /** Name -> resolves when its holder is done. */
  private readonly held = new Map<string, Promise<void>>();

  async tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.held.has(name) ? null : this.hold(name, work);
  }

  async hold<T>(name: string, work: () => Promise<T>): Promise<T> {
    for (let holder = this.held.get(name); holder; holder = this.held.get(name)) await holder;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held.set(name, promise);
    try {
      return await work();
    } finally {
      this.held.delete(name);
      resolve();
    }
  }
}
