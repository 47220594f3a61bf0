import type { EventLog, Sequencer } from '../ports/event-log.js';
import type { Relay } from './relay.js';
import { Rounds } from './rounds.js';

/** Events that one round found and that no single person or job makes: more are certainly on their way. */
const stream = 16;

/**
 * Keeps the log moving in every process: after an append a sequencing pass, after sequencing the relay; and, in case a process died between the
 * two, both again every `intervalMs`. The first append after a quiet moment is passed on at once; after it rounds start at least `paceMs` apart, and in a stream
 * of appends `streamPaceMs` (measured with BullMQ in Postgres: 8 ms for a round of 25 jobs, 0.1 ms for each further job).
 */
export class LogPump {
  private readonly rounds: Rounds;
  private sequencing = false;
  private readonly unsubscribe: (() => void)[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly sequencer: Sequencer,
    /** Null in processes that must not touch the queue. */
    private readonly relay: Relay | null,
    private readonly onError: (error: unknown) => void,
    intervalMs = 1_000,
    private readonly paceMs = 50,
    private readonly streamPaceMs = 300,
  ) {
    this.rounds = new Rounds(() => this.round(), intervalMs);
  }

  start(): void {
    this.unsubscribe.push(this.sequencer.onAppended(() => this.rounds.kick()));
    this.unsubscribe.push(this.log.onSequenced(() => this.sequenced()));
    this.rounds.start();
  }

  /** Stops after the pass that is under way. */
  async close(): Promise<void> {
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    await this.rounds.close();
  }

  /** What is sequenced while we sequence is relayed right afterwards; our own passes signal too, and must not start another round. */
  private sequenced(): void {
    if (!this.sequencing) this.rounds.kick();
  }

  private async round(): Promise<number> {
    let sequenced = 0;
    try {
      sequenced = await this.sequence();
      // What committed after the pass had looked is for the next round: while appends keep coming, there is always something.
      if (sequenced > 0) this.rounds.kick();
      await this.relay?.pass();
    } catch (error) {
      // Database or queue away: the next tick tries again, and readiness tells the operator.
      this.onError(error);
    }
    return sequenced < stream ? this.paceMs : this.streamPaceMs;
  }

  private async sequence(): Promise<number> {
    this.sequencing = true;
    try {
      return await this.sequencer.pass();
    } finally {
      this.sequencing = false;
    }
  }
}
