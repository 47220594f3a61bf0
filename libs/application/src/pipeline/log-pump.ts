import type { EventLog, Sequencer } from '../ports/event-log.js';
import type { Relay } from './relay.js';

/** Events that one round found and that no single person or job makes: more are certainly on their way. */
const stream = 16;

/**
 * Keeps the log moving in every process: after an append a sequencing pass, after sequencing the relay; and, in case a process died between the
 * two, both again every `intervalMs`. Passes of one process never overlap, and appends that arrive during a pass share the next one. The first
 * append after a quiet moment is passed on at once; after it rounds start at least `paceMs` apart, and in a stream of appends `streamPaceMs`, so that each has
 * many events to share its cost (measured with BullMQ in Postgres: 8 ms for a round of 25 jobs, 0.1 ms for each further job).
 */
export class LogPump {
  private running: Promise<void> | null = null;
  private again = false;
  private sequencing = false;
  private closed = false;
  private timer: NodeJS.Timeout | null = null;
  private endPause: () => void = () => undefined;
  private readonly unsubscribe: (() => void)[] = [];

  constructor(
    private readonly log: EventLog,
    private readonly sequencer: Sequencer,
    /** Null in processes that must not touch the queue. */
    private readonly relay: Relay | null,
    private readonly onError: (error: unknown) => void,
    private readonly intervalMs = 1_000,
    private readonly paceMs = 50,
    private readonly streamPaceMs = 300,
  ) {}

  start(): void {
    this.unsubscribe.push(this.sequencer.onAppended(() => this.kick()));
    this.unsubscribe.push(this.log.onSequenced(() => this.sequenced()));
    this.timer = setInterval(() => this.kick(), this.intervalMs);
    this.kick();
  }

  /** Stops after the pass that is under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.endPause();
    if (this.timer) clearInterval(this.timer);
    for (const unsubscribe of this.unsubscribe) unsubscribe();
    await this.running;
  }

  /** What is sequenced while we sequence is relayed right afterwards; our own passes signal too, and must not start another round. */
  private sequenced(): void {
    if (!this.sequencing) this.kick();
  }

  private kick(): void {
    this.again = true;
    if (this.running || this.closed) return;
    this.running = this.run().finally(() => {
      this.running = null;
      // A kick that came while the last round was ending would else wait for the timer.
      if (this.again) this.kick();
    });
  }

  private async run(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      const started = performance.now();
      let sequenced = 0;
      try {
        this.sequencing = true;
        sequenced = await this.sequencer.pass();
        // What committed after the pass had looked is for the next round: while appends keep coming, there is always something.
        if (sequenced > 0) this.again = true;
        this.sequencing = false;
        await this.relay?.pass();
      } catch (error) {
        this.sequencing = false;
        // Database or queue away: the next tick tries again, and readiness tells the operator.
        this.onError(error);
      }
      const pace = sequenced < stream ? this.paceMs : this.streamPaceMs;
      await this.pause(Math.max(0, pace - (performance.now() - started)));
    }
  }

  /** Ends after that time, or when the pump is closed. */
  private pause(milliseconds: number): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
