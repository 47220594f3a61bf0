import type { Failure } from './exit-codes.js';
import type { Surroundings } from './surroundings.js';

/** Where results and remarks go: results to standard output (text or exactly one JSON value), remarks to standard error. */
export class Output {
  constructor(
    private readonly surroundings: Pick<Surroundings, 'write' | 'writeError' | 'terminal'>,
    readonly json: boolean,
    /** Whether each JSON value must be a line: the answer is a stream of them. */
    private readonly perLine = false,
  ) {}

  /** True when a progress bar would help somebody. */
  get progress(): boolean {
    return this.surroundings.terminal && !this.json;
  }

  /** The command's answer: the value with --json, else the lines. */
  result(value: unknown, lines: () => readonly string[]): void {
    if (this.json) this.surroundings.write(`${JSON.stringify(value, null, 2)}\n`);
    else for (const line of lines()) this.surroundings.write(`${line}\n`);
  }

  /** One of a stream of answers: one JSON value per line, or a line of text. */
  item(value: unknown, line: () => string): void {
    this.surroundings.write(`${this.json ? JSON.stringify(value) : line()}\n`);
  }

  /** A remark that is not part of the answer. */
  remark(text: string): void {
    this.surroundings.writeError(`${text}\n`);
  }

  failure(failed: Failure): void {
    if (this.json) {
      const { exit, code, detail, next, facts } = failed;
      const error = { code, detail, exit_code: exit, ...(next === undefined ? {} : { next }), facts };
      this.surroundings.write(`${JSON.stringify({ error }, null, this.perLine ? 0 : 2)}\n`);
      return;
    }
    this.remark(`muniment: ${failed.detail} [${failed.code}]`);
    if (failed.next !== undefined) this.remark(`  ${failed.next}`);
  }
}

/** 1234567 -> "1.2 MB" (powers of ten, as disks and networks count). */
export function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
