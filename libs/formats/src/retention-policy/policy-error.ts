/** Something wrong with a policy file. Lines and columns count from 1; `key` is the dotted key, `null` where the text is no TOML. */
export interface PolicyProblem {
  readonly line: number;
  readonly column: number;
  readonly key: string | null;
  readonly text: string;
}

/** The policy file cannot be used. Lists every problem at once, in the order of the file. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  constructor(readonly problems: readonly PolicyProblem[]) {
    super(problems.map(sentence).join('\n'));
  }
}

function sentence({ line, column, key, text }: PolicyProblem): string {
  return `line ${line}, column ${column}${key === null ? '' : `, ${key}`}: ${text}`;
}
