import type { Held, Locks } from '@muniment/application';

export class MemoryLocks implements Locks {
  /** Name -> resolves when its holder is done. */
  private readonly held = new Map<string, Promise<void>>();

  async tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.held.has(name) ? null : this.hold(name, work);
  }

  hold<T>(name: string, work: (held: Held) => Promise<T>): Promise<T> {
    return this.holdAll([name], work);
  }

  async tryHoldAll<T>(names: readonly string[], work: (held: ReadonlySet<string>) => Promise<T>): Promise<T> {
    const free = new Set(names.filter((name) => !this.held.has(name)));
    return this.holdAll([...free], () => work(free));
  }

  async holdAll<T>(names: readonly string[], work: (held: Held) => Promise<T>): Promise<T> {
    const wanted = [...new Set(names)];
    // All or none, so that two callers never wait for each other.
    for (let busy = this.busy(wanted); busy; busy = this.busy(wanted)) await busy;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const name of wanted) this.held.set(name, promise);
    try {
      return await work({ names: wanted });
    } finally {
      for (const name of wanted) this.held.delete(name);
      resolve();
    }
  }

  private busy(names: readonly string[]): Promise<void> | undefined {
    return names.map((name) => this.held.get(name)).find((holder) => holder !== undefined);
  }
}
