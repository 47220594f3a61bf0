/** What lies in a directory and is not taken for a file of its run. */
export interface LeftOut {
  /** Seen from the directory. */
  readonly path: string;
  readonly why: keyof typeof reasons;
}

const reasons = {
  special: 'is not a regular file',
  folder: 'belongs to no run',
  kept_for_git: 'is what git keeps of another package',
} as const;

/** What a person is told of it. */
export function leftOutNotice({ path, why }: LeftOut): string {
  return `${path} ${reasons[why]} and was left out`;
}
