import type { ArchiveMember, Manifest } from '@muniment/domain';

/** A thing that a statement is about: a name for people, and digests as bare lower-case hexadecimal. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: { readonly sha256: string; readonly blake3: string };
}

/** What sigstore-go takes at most (pkg/verify). More subjects need more statements. */
export const maxSubjects = 1_024;

/**
 * Every file of the package, and every wheel inside its wheelhouses, ordered by name. A file is named by its path, a wheel by its file name, both verbatim:
 * rewriting the order of a wheel's tags would name a file that does not exist. Where that name stands for other bytes already, the wheel's path in its
 * archive is added.
 */
export function subjectsOf({ files }: Pick<Manifest, 'files'>): readonly StatementSubject[] {
  const named = new Map<string, StatementSubject>();
  for (const { path, digest, blake3 } of files) named.set(path, { name: path, digest: { sha256: digest.replace(/^sha256:/, ''), blake3 } });
  for (const file of files) for (const member of file.members ?? []) if (member.wheel !== null) addWheel(named, file.path, member);
  return [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function addWheel(named: Map<string, StatementSubject>, archive: string, { path, sha256, blake3 }: ArchiveMember): void {
  const short = path.slice(path.lastIndexOf('/') + 1);
  const taken = named.get(short);
  if (taken?.digest.sha256 === sha256) return;
  const name = taken === undefined ? short : `${archive}/${path}`;
  named.set(name, { name, digest: { sha256, blake3 } });
}

/** The subjects in lists that one statement each can hold; at least one list. */
export function splitSubjects(subjects: readonly StatementSubject[], most = maxSubjects): readonly (readonly StatementSubject[])[] {
  const parts: (readonly StatementSubject[])[] = [];
  for (let from = 0; from < subjects.length; from += most) parts.push(subjects.slice(from, from + most));
  return parts.length === 0 ? [[]] : parts;
}
