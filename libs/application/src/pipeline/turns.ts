/** Work on the same thing, one after the other in the order it came; on different things, side by side. Holds nothing for a thing that nobody works on. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** `work` is told whether nobody was before it, so that what its caller already knows may still be true. */
  take<Result>(thing: string, work: (first: boolean) => Promise<Result>): Promise<Result> {
    const before = this.last.get(thing);
    const result = before === undefined ? work(true) : before.then(() => work(false));
    const leave = (): void => {
      if (this.last.get(thing) === over) this.last.delete(thing);
    };
    // Whether it went well is the caller's business alone; the next one only waits for the end.
    const over: Promise<void> = result.then(leave, leave);
    this.last.set(thing, over);
    return result;
  }
}
