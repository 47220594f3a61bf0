/** One measured goal, printed as one line of JSON. */
export interface GoalResult {
  readonly goal: string;
  readonly value: number;
  /** Null: told for information, no goal. */
  readonly limit: number | null;
  readonly unit: string;
  readonly pass: boolean | null;
  /** Largest over smallest value among the repetitions: how far to trust the median. */
  readonly spread: number;
  readonly repetitions: number;
  /** What was compared with what, and the absolute numbers behind a ratio. */
  readonly detail?: string;
}

/** Runs every contestant once per repetition, turning the order round each time, so that slow minutes of the machine hit all alike. */
export async function interleaved<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<number> | number>>,
  repetitions: number,
): Promise<readonly Readonly<Record<Name, number>>[]> {
  const names = Object.keys(contestants) as Name[];
  const results: Record<Name, number>[] = [];
  for (let i = 0; i < repetitions; i++) {
    const result = {} as Record<Name, number>;
    for (const name of i % 2 === 0 ? names : names.toReversed()) result[name] = await contestants[name]();
    results.push(result);
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

type Bound = { readonly min: number } | { readonly max: number };

/** Judges the median of one value per repetition and prints it. A missed goal makes the program end with 1. Without a bound it only tells. */
export function report(goal: string, values: readonly number[], bound: Bound | null, unit: string, detail?: string): void {
  const value = median(values);
  const pass = bound === null ? null : 'min' in bound ? value >= bound.min : value <= bound.max;
  if (pass === false) process.exitCode = 1;
  const result: GoalResult = {
    goal,
    value: round(value),
    limit: bound === null ? null : 'min' in bound ? bound.min : bound.max,
    unit,
    pass,
    spread: round(Math.max(...values) / Math.min(...values)),
    repetitions: values.length,
    ...(detail === undefined ? {} : { detail }),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

const round = (value: number) => Math.round(value * 1000) / 1000;

/** Wall seconds of `work`. */
export async function wallSeconds(work: () => Promise<unknown> | void): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** CPU seconds that this process, all its threads together, spends during `work`. */
export async function cpuSeconds(work: () => Promise<unknown> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
