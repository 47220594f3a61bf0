interface Line {
  /** Resolves when everybody who asked for a turn so far has had it. */
  last: Promise<void>;
  ended: number;
  visitors: number;
}

/** Somebody who works on a thing, and wants to finish it when nobody else does. */
export interface Visitor {
  /** Runs `work` when all who asked before have had their turn. It is told whether nobody had one since this visitor came, so that what it knows is still true. */
  take<Result>(work: (undisturbed: boolean) => Promise<Result>): Promise<Result>;
}

/** Turns on the same thing come one after the other, in the order they were asked for; on different things side by side. Holds nothing for a thing that has no visitor. */
export class Turns {
  private readonly lines = new Map<string, Line>();

  async visit<Result>(thing: string, stay: (visitor: Visitor) => Promise<Result>): Promise<Result> {
    const line = this.lines.get(thing) ?? { last: Promise.resolve(), ended: 0, visitors: 0 };
    this.lines.set(thing, line);
    line.visitors++;
    const ended = line.ended;
    try {
      return await stay({
        take: (work) => {
          const result = line.last.then(() => work(line.ended === ended));
          const end = (): void => void line.ended++;
          // Whether it went well is its visitor's business alone; the next one only waits for the end.
          line.last = result.then(end, end);
          return result;
        },
      });
    } finally {
      line.visitors--;
      if (line.visitors === 0) this.lines.delete(thing);
    }
  }
}
