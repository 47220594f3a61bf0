import type { Clock } from '../ports/clock.js';
import type { Checkpoints, Stretch } from '../ports/event-log.js';
import type { JobQueue } from '../ports/job-queue.js';
import type { DeriveDueWork } from '../upkeep/derive-due-work.js';
import { jobsOf, reactingTypes } from './reactions.js';

const follower = 'relay';
const stretch: Stretch = { limit: 500, types: reactingTypes };

/** Moves what the log owes into the job queue. The log is the outbox: a crash between the two only means that the same jobs are added again. */
export class Relay {
  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly queue: JobQueue,
    private readonly derive: DeriveDueWork,
    private readonly clock: Clock,
  ) {}

  /** Relays everything sequenced so far. Does nothing while another process relays. */
  async pass(): Promise<void> {
    await this.recoverWipedQueue();
    let outcome;
    do {
      outcome = await this.checkpoints.advance(follower, stretch, (events) => this.queue.enqueue(events.flatMap(jobsOf)));
    } while (outcome === 'moved');
  }

  /** A queue without the memory we wrote to was wiped or replaced: everything still due is derived again before the relay goes on. */
  private async recoverWipedQueue(): Promise<void> {
    const generation = await this.queue.generation();
    const known = await this.checkpoints.generation(follower);
    if (generation === known) return;
    if (known !== null) await this.derive.execute(this.clock.now());
    await this.checkpoints.setGeneration(follower, generation);
  }
}
