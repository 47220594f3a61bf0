import type { EventLog } from '../ports/event-log.js';
import type { LogTree } from '../ports/log-tree.js';
import { Rounds } from '../pipeline/rounds.js';
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
 * Grows the tree soon after events were sequenced and signs it. A checkpoint follows the append by the sequencer's pace, this pace and the time of one round.
 * While catching up it signs after every step.
 */
export class LogKeeper {
  private readonly rounds: Rounds;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly steps: KeeperSteps,
    /** For what was sequenced while nobody told us. */
    intervalMs = 5_000,
    private readonly paceMs = 400,
  ) {
    this.rounds = new Rounds(() => this.round(), intervalMs);
  }

  start(): void {
    this.unsubscribe = this.steps.log.onSequenced(() => this.rounds.kick());
    this.rounds.start();
  }

  /** Stops after the round that is under way. */
  async close(): Promise<void> {
    this.unsubscribe();
    await this.rounds.close();
  }

  private async round(): Promise<number> {
    try {
      await this.catchUp();
      this.steps.onRound?.();
    } catch (error) {
      // Database away, key away, history rewritten: told, and tried again by the next tick.
      this.steps.onError(error);
    }
    return this.paceMs;
  }

  private async catchUp(): Promise<void> {
    for (let more = true; more && !this.rounds.closed; ) {
      const growth = await this.steps.tree.grow(growLimit);
      more = growth?.added === growLimit;
      const checkpoint = await this.steps.sign?.execute();
      if (checkpoint?.signed === true) this.steps.signed?.(checkpoint.size);
    }
  }
}
