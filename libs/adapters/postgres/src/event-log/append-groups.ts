import { Gathering, plenty } from '@muniment/application';
import type { PreparedAppend } from './append-statement.js';

/** Most appends in one statement: twice as many save little more. */
const largest = 16;
/** Up to this size a group takes all there are; above, only multiples of four, so that there are few texts to plan. */
const exactUpTo = 8;
const step = 4;
/** While the database works on one large group (`plenty`), this process prepares and answers another. */
const besideEachOther = 2;

interface Waiting {
  readonly append: PreparedAppend;
  readonly done: (revision: number | null) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Group commit: while a statement is under way, appends that come wait, and then go together in the next one; so do those that come in the same moment.
 *
 * A statement that waits for somebody's lock holds up nobody else: after `patienceMs` the next one starts beside it.
 *
 * A conflict belongs to one append: when the database undid a group, each of its appends is sent again on its own.
 */
export class AppendGroups {
  private waiting: Waiting[] = [];
  private underWay = 0;
  private readonly gathering: Gathering;
  private isGathering = false;

  constructor(
    /** Commits all or none; answers the revision that each came to, where that was not known before. */
    private readonly send: (appends: readonly PreparedAppend[]) => Promise<readonly (number | null)[]>,
    /** Whether an error of `send` proves that nothing was committed and others than the one that caused it may succeed. */
    private readonly undone: (error: unknown) => boolean,
    private readonly patienceMs = 20,
    /** How long a group waits for as many as the last one had. */
    gatherMs = 2,
  ) {
    this.gathering = new Gathering(() => this.waiting.length, gatherMs);
  }

  /** Resolves when the append is committed, with what `send` answers of it; rejects with what `send` says of it alone. */
  commit(append: PreparedAppend): Promise<number | null> {
    return new Promise((done, failed) => {
      this.waiting.push({ append, done, failed });
      this.gathering.joined();
      this.next();
    });
  }

  private next(): void {
    if (this.isGathering || this.waiting.length === 0 || !this.mayStart()) return;
    this.isGathering = true;
    void this.gathering.complete().then(() => {
      this.isGathering = false;
      this.start();
      this.next();
    });
  }

  private mayStart(): boolean {
    return this.underWay === 0 || (this.underWay < besideEachOther && this.waiting.length >= plenty);
  }

  private start(): void {
    const group = this.take();
    this.gathering.went(group.length);
    this.underWay++;
    let counted = true;
    const leave = (): void => {
      if (counted) this.underWay--;
      counted = false;
      this.next();
    };
    const impatient = setTimeout(leave, this.patienceMs).unref();
    void this.settle(group).finally(() => {
      clearTimeout(impatient);
      leave();
    });
  }

  private async settle(group: readonly Waiting[]): Promise<void> {
    try {
      const revisions = await this.send(group.map(({ append }) => append));
      for (const [n, { done }] of group.entries()) done(revisions[n] ?? null);
    } catch (error) {
      if (group.length > 1 && this.undone(error)) await Promise.all(group.map((one) => this.settle([one])));
      else for (const { failed } of group) failed(error);
    }
  }

  /** The one that waits longest, and those of its shape and of other subjects that fit in. */
  private take(): readonly Waiting[] {
    const [first, ...others] = this.waiting;
    if (first === undefined) return [];
    const group = [first];
    if (first.append.shape !== null) {
      const subjects = new Set([first.append.append.subject.id]);
      for (const one of others) {
        const { append, shape } = one.append;
        if (group.length === largest) break;
        if (shape !== first.append.shape || subjects.has(append.subject.id)) continue;
        subjects.add(append.subject.id);
        group.push(one);
      }
      if (group.length > exactUpTo) group.length -= group.length % step;
    }
    const taken = new Set(group);
    this.waiting = this.waiting.filter((one) => !taken.has(one));
    return group;
  }
}
