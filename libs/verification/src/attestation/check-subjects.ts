import type { Manifest } from '@muniment/domain';
import { subjectsOf } from '@muniment/formats';
import type { CheckList } from '../report/check.js';
import type { OpenedSubject } from './open-statement.js';

/**
 * Whether the subjects of a statement, all its parts together, are exactly the files of the manifest and the wheels inside them, by name and digests:
 * neither one exchanged nor one left out.
 */
export function checkSubjects(
  name: string,
  subjects: readonly OpenedSubject[],
  manifest: Manifest,
  restsOn: string,
  list: CheckList,
): boolean {
  const expected = new Map(subjectsOf(manifest).map((subject) => [subject.name, subject.digest]));
  const foreign = subjects.find(({ name: named, digest }) => {
    const known = named === null ? undefined : expected.get(named);
    return (
      known === undefined || known.sha256 !== digest['sha256'] || (digest['blake3'] !== undefined && digest['blake3'] !== known.blake3)
    );
  });
  const check = 'attestation.subjects';
  if (foreign !== undefined) {
    const what =
      foreign.name === null ? 'a subject without name' : `"${foreign.name}" with sha256 ${foreign.digest['sha256'] ?? 'missing'}`;
    return list.holds(check, name, false, `it speaks of ${what}, which is not so in the manifest`, restsOn);
  }
  const spokenOf = new Set(subjects.map((subject) => subject.name));
  const left = [...expected.keys()].filter((known) => !spokenOf.has(known));
  if (left.length > 0)
    return list.holds(check, name, false, `it leaves out ${left.length} of ${expected.size} files, such as "${left[0] ?? ''}"`, restsOn);
  return list.holds(check, name, true, `all ${expected.size} files and wheels, by name and digest`, restsOn);
}
