/** Everything a command takes from outside, so that specs can give it something else. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** True when progress bars make sense: standard error is a terminal. */
  readonly terminal: boolean;
  readonly now: () => Date;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}
