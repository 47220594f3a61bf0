import { Gathering } from '@muniment/application';

/** Most look-ups in one statement. */
const largest = 32;
/** How long look-ups wait for as many as were answered together, in milliseconds. */
const gatherMs = 1;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Look-ups of one moment go to the database in one statement, which answers them in order. For reading only: when the statement fails, each is asked again on
 * its own, so that nobody fails for what another asked.
 */
export class LookUps<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private readonly gathering = new Gathering(() => this.waiting.length, gatherMs);

  constructor(private readonly ask: (requests: readonly Request[]) => Promise<readonly Answer[]>) {}

  find(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (this.waiting.length === 1) void this.gather();
      else this.gathering.joined();
    });
  }

  private async gather(): Promise<void> {
    await this.gathering.complete();
    const all = this.waiting;
    this.waiting = [];
    this.gathering.went(all.length);
    for (let from = 0; from < all.length; from += largest) void this.settle(all.slice(from, from + largest));
  }

  private async settle(group: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.ask(group.map(({ request }) => request));
      if (answers.length !== group.length) throw new Error(`the database answered ${answers.length} of ${group.length} look-ups`);
      for (const [n, answer] of answers.entries()) group[n]?.resolve(answer);
    } catch (error) {
      if (group.length > 1) await Promise.all(group.map((one) => this.settle([one])));
      else for (const { reject } of group) reject(error);
    }
  }
}
