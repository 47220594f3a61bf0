import type { EventLog } from '../ports/event-log.js';
import type { LogTree } from '../ports/log-tree.js';
import type { SignCheckpoint } from './sign-checkpoint.js';

export interface KeeperSteps {
  readonly log: Pick<EventLog, 'onSequenced'>;
  readonly tree: LogTree;
  /** Null: grows only, and another process signs. */
  readonly sign: Pick<SignCheckpoint, 'execute'> | null;
  /** After each checkpoint that this process signed. */
  readonly signed?: (size: number) => void;
  readonly onError: (error: unknown) => void;
  /** After each round that ended well. */
  readonly onRound?: () => void;
}

/** Leaves per step: bounds the memory and the transaction while catching up. */
const growLimit = 10_000;

/**
 * Grows the tree soon after events were sequenced and signs it. Rounds of one process never overlap and start at least `paceMs` apart, so that under
 * load each has many events to share its cost; a checkpoint follows the append by the sequencer's pace, this pace and the time of one round.
 * While catching up it signs after every step.
 */
export class LogKeeper {
  private running: Promise<void> | null = null;
  private again = false;
  private closed = false;
  private timer: NodeJS.Timeout | null = null;
  private endPause: () => void = () => undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly steps: KeeperSteps,
    private readonly intervalMs = 5_000,
    private readonly paceMs = 400,
  ) {}

  start(): void {
    this.unsubscribe = this.steps.log.onSequenced(() => this.kick());
    // For what was sequenced while nobody told us.
    this.timer = setInterval(() => this.kick(), this.intervalMs);
    this.kick();
  }

  /** Stops after the round that is under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.endPause();
    if (this.timer) clearInterval(this.timer);
    this.unsubscribe();
    await this.running;
  }

  private kick(): void {
    this.again = true;
    if (this.running || this.closed) return;
    this.running = this.run().finally(() => {
      this.running = null;
      if (this.again) this.kick();
    });
  }

  private async run(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      const pace = this.pause();
      try {
        await this.round();
        this.steps.onRound?.();
      } catch (error) {
        // Database away, key away, history rewritten: told, and tried again by the next tick.
        this.steps.onError(error);
      }
      await pace;
    }
  }

  private async round(): Promise<void> {
    for (let more = true; more && !this.closed; ) {
      const growth = await this.steps.tree.grow(growLimit);
      more = growth?.added === growLimit;
      const checkpoint = await this.steps.sign?.execute();
      if (checkpoint?.signed === true) this.steps.signed?.(checkpoint.size);
    }
  }

  /** Ends after `paceMs`, or when the keeper is closed. */
  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.paceMs);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
