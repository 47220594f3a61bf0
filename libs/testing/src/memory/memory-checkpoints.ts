import type { Checkpoints, EventLog, FollowedEvent, Stretch } from '@muniment/application';

export class MemoryCheckpoints implements Checkpoints {
  private readonly positions = new Map<string, bigint>();
  private readonly generations = new Map<string, string>();
  private readonly following = new Set<string>();

  constructor(private readonly log: Pick<EventLog, 'read'>) {}

  /** Sequence up to which the follower has handled the log; 0 when it never did. */
  position(follower: string): bigint {
    return this.positions.get(follower) ?? 0n;
  }

  async advance(
    follower: string,
    { limit, types }: Stretch,
    handle: (events: readonly FollowedEvent[]) => Promise<void>,
  ): Promise<'idle' | 'moved' | 'held'> {
    if (this.following.has(follower)) return 'held';
    this.following.add(follower);
    try {
      const events = await this.log.read({ after: this.position(follower), limit });
      const last = events.at(-1);
      if (!last) return 'idle';
      const mattering = events.filter(({ type }) => types.includes(type));
      if (mattering.length > 0) await handle(mattering);
      this.positions.set(follower, last.sequence);
      return 'moved';
    } finally {
      this.following.delete(follower);
    }
  }

  generation(follower: string): Promise<string | null> {
    return Promise.resolve(this.generations.get(follower) ?? null);
  }

  setGeneration(follower: string, generation: string): Promise<void> {
    this.generations.set(follower, generation);
    return Promise.resolve();
  }
}
