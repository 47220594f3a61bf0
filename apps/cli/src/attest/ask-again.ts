import type { AgainAnswer } from '@muniment/contracts';

/** Packages that are listed; `--json` has them all. */
const listed = 50;

/** All pages together. */
export interface AskedAgain extends Omit<AgainAnswer, 'next'> {
  readonly statements: number;
  readonly files: number;
}

/** One page after the other. Each stands for itself: a run that broke off is simply repeated. */
export async function* pagesOf(ask: (after: { readonly after?: string }) => Promise<AgainAnswer>): AsyncGenerator<AgainAnswer> {
  for (let after: { readonly after?: string } = {}; ; ) {
    const page = await ask(after);
    yield page;
    if (page.next === null) return;
    after = { after: page.next };
  }
}

export function askedOf(before: AskedAgain | null, page: AgainAnswer): AskedAgain {
  const { key_id, dry_run } = page;
  const packages = [...(before?.packages ?? []), ...page.packages];
  const sum = (of: 'statements' | 'files'): number => packages.reduce((all, one) => all + one[of], 0);
  const [waiting, moved] = [(before?.waiting ?? 0) + page.waiting, (before?.moved ?? 0) + page.moved];
  return { key_id, dry_run, packages, statements: sum('statements'), files: sum('files'), waiting, moved };
}

/** For somebody who decides on it, or did. */
export function againLines(
  { key_id, dry_run, packages, statements, files, waiting, moved }: AskedAgain,
  { repository }: { readonly repository?: string },
): readonly string[] {
  const rows = packages
    .slice(0, listed)
    .map((one) => `  ${one.package_id}  ${one.statements} statements  ${one.files} files  ${one.repository}  ${one.name}`);
  const rest = packages.length > listed ? [`  and ${packages.length - listed} more`] : [];
  const sum = `${statements} statements and ${files} files of ${packages.length} packages`;
  const command = `muniment attest again --key ${key_id}${repository === undefined ? '' : ` --repository ${repository}`}`;
  const open = packages.length > 0 && dry_run;
  return [
    ...rows,
    ...rest,
    ...(packages.length === 0 ? [`nothing ${waiting > 0 ? 'else ' : ''}rests on ${key_id} alone`] : []),
    ...(packages.length > 0 ? [dry_run ? `only ${key_id} vouches for ${sum}` : `${sum} are due again; the signers sign them now`] : []),
    ...(waiting > 0 ? [`${waiting} wait for a signer since an earlier request`] : []),
    ...(moved > 0 ? [`${moved} packages changed in the same moment and were left alone: run the command again`] : []),
    ...(open ? ['Nothing was changed. To have them signed again:', `  ${command} --execute --reason "..."`] : []),
  ];
}
