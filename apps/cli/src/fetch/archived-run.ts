import type { PackageAnswer } from '@muniment/contracts';
import { archivedRunName, counterpartPath, parseFilePath, parseSha256, type Manifest, type ManifestFile } from '@muniment/domain';
import { inMadeOrder, parseMeta, writeMeta } from '@muniment/formats';
import { CliError } from '../exit-codes.js';

/** How the files of one CI run are named outside of this archive, where wheelhouses of many runs lie side by side (ING-03). */
export interface ArchivedRun {
  /** Null for files that keep their name. */
  readonly nameOf: (path: string) => string | null;
  /** The record for the file under its new name: all that the record from CI says, and the run, commit, time and digest where that is silent (MET-10). */
  readonly recordOf: (path: string, record: Uint8Array) => Uint8Array;
}

/** Refuses packages without a run and choices without a wheelhouse: nothing would be named after anything. */
export function archivedRun(pkg: PackageAnswer, manifest: Manifest, wanted: readonly ManifestFile[]): ArchivedRun {
  const { run } = pkg;
  if (run === null) {
    throw new CliError(
      'usage',
      `Package ${pkg.id} belongs to no CI run, so its files cannot be named after one. Fetch it without --as-archived.`,
    );
  }
  const nameOf = (path: string): string | null => archivedRunName(path, run.id);
  if (wanted.every(({ path }) => nameOf(path) === null)) {
    throw new CliError('no_archive', 'Nothing that would be fetched is a wheelhouse-<python version> without a run in its name.', {
      files: wanted.map(({ path }) => path),
    });
  }
  return { nameOf, recordOf: (path, record) => archivedRecord(pkg, run, manifest, path, record) };
}

function archivedRecord(
  pkg: PackageAnswer,
  run: NonNullable<PackageAnswer['run']>,
  manifest: Manifest,
  path: string,
  record: Uint8Array,
): Uint8Array {
  const subjectPath = counterpartPath(parseFilePath(path));
  const subject = manifest.files.find((file) => file.path === subjectPath);
  const archived = archivedRunName(subjectPath, run.id);
  if (subject === undefined || archived === null) return record;
  const { entries } = parseMeta(record);
  const told = entries.get('run_id');
  if (told !== undefined && told !== run.id) {
    throw new CliError(
      'check_failed',
      `The record of ${subjectPath} says run ${told}, its package run ${run.id}. Fetch it without --as-archived.`,
      {
        path,
        record: told,
        package: run.id,
      },
    );
  }
  const known = new Map([
    ['sha256', parseSha256(subject.digest)],
    ['size', String(subject.size)],
    ['created_at', `${pkg.created_at.slice(0, 19)}Z`],
    ['run_id', run.id],
    ...(run.commit === null ? [] : [['git_commit', run.commit] as const]),
    ...entries,
    ['name', archived.slice(archived.lastIndexOf('/') + 1)],
  ]);
  return writeMeta(inMadeOrder([...known]));
}
