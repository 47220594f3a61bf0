import type { ClaimedIdentity } from '../digest.js';
import { Refusal } from '../errors.js';
import type { ArchiveMember } from '../inspection/inspection.js';
import type { MetaDeclaration } from './events.js';

/** Refuses (`meta_disagrees`) when a `.meta` record declares another name, digest or size than the file has (ING-17). */
export function assertMetaAgrees(declares: MetaDeclaration, path: string, blob: ClaimedIdentity): void {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const differs: string[] = [];
  if (declares.name !== null && declares.name !== base) differs.push('name');
  if (declares.sha256 !== null && declares.sha256 !== blob.sha256) differs.push('sha256');
  if (declares.blake3 !== null && blob.blake3 !== null && declares.blake3 !== blob.blake3) differs.push('blake3');
  if (declares.size !== null && declares.size !== blob.size) differs.push('size');
  if (differs.length === 0) return;
  throw new Refusal(
    'meta_disagrees',
    `The .meta record of ${path} disagrees with the file: ${differs.join(', ')}. Write the record again from the file.`,
    {
      path,
      fields: differs,
    },
  );
}

/** Refuses (`meta_disagrees`) when the record lists other wheels than the archive holds (ING-18). */
export function assertMetaListsWheels(declares: MetaDeclaration, path: string, members: readonly ArchiveMember[] | null): void {
  if (declares.wheels === null || members === null) return;
  const held = members.filter((m) => m.wheel !== null).map((m) => m.path.slice(m.path.lastIndexOf('/') + 1));
  const missing = declares.wheels.filter((w) => !held.includes(w));
  const extra = held.filter((w) => !declares.wheels?.includes(w));
  if (missing.length === 0 && extra.length === 0) return;
  throw new Refusal('meta_disagrees', `The wheel list of the .meta record of ${path} disagrees with the archive.`, {
    path,
    fields: ['wheels'],
    missing: missing.slice(0, 20),
    extra: extra.slice(0, 20),
  });
}
