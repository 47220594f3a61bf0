import type { MunimentClient } from '@muniment/client';
import type { CreatePackageBody, PackageAnswer } from '@muniment/contracts';
import type { PreparedFile } from './prepare-files.js';

/** Packages of one run and name that are looked at; more than that many pushes of one name in one run are no retries. */
const maxCandidates = 25;

/**
 * The package an earlier push of the same files into the same run made or began; null when there is none. Finalized ones hold exactly
 * these files; open ones hold some of them and nothing else, so that this push can complete them.
 */
export async function findExisting(
  client: MunimentClient,
  body: CreatePackageBody,
  files: readonly PreparedFile[],
): Promise<PackageAnswer | null> {
  const { repository, name, run } = body;
  let looked = 0;
  for await (const summary of client.packages({ repository, name, limit: maxCandidates, ...(run === undefined ? {} : { run: run.id }) })) {
    if ((looked += 1) > maxCandidates) return null;
    if ((summary.run?.id ?? null) !== (run?.id ?? null) || isGoing(summary)) continue;
    const found = await client.package(summary.id);
    if (found.state === 'finalized' ? holdsExactly(found, files) : canBeCompleted(found, files)) return found;
  }
  return null;
}

/** True when its files are collected, or in the trash: to push again is to want them kept. */
export function isGoing({ state, retention }: Pick<PackageAnswer, 'state' | 'retention'>): boolean {
  return state === 'garbage_collected' || retention.trash !== null;
}

/** True when the archive already has the file at its path; a record for the same bytes counts whatever it says. */
export function alreadyThere(pkg: PackageAnswer, file: PreparedFile): boolean {
  const there = pkg.files.find((f) => f.path === file.path);
  return there !== undefined && there.state !== 'refused' && (there.sha256 === file.blob.sha256 || file.companion);
}

export function holdsExactly(pkg: PackageAnswer, files: readonly PreparedFile[]): boolean {
  return files.every((f) => f.companion || alreadyThere(pkg, f)) && hasNothingElse(pkg, files);
}

function canBeCompleted(pkg: PackageAnswer, files: readonly PreparedFile[]): boolean {
  return pkg.state === 'created' && hasNothingElse(pkg, files);
}

function hasNothingElse(pkg: PackageAnswer, files: readonly PreparedFile[]): boolean {
  return pkg.files.every((there) => {
    if (there.origin === 'archive' || there.state === 'refused') return true;
    const ours = files.find((f) => f.path === there.path);
    // A record beside one of our files whose own record could not be written here.
    if (ours === undefined) return there.path.endsWith('.meta') && files.some((f) => `${f.path}.meta` === there.path);
    return alreadyThere(pkg, ours);
  });
}
