import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isMetaPath, Refusal, type BlobIdentity, type MetaDeclaration } from '@muniment/domain';
import { declarationOf, parseMeta } from '@muniment/formats';
import { identifyFile } from '../meta/identify-file.js';
import { readIfThere } from '../files/read-if-there.js';
import type { CollectedFile } from '../push/collect-files.js';
import type { CheckList } from '@muniment/verification';

const record = 'the .meta record beside the file';

/** What the local checks found out, for those that follow. */
export interface LocalResult {
  /** Package path -> identity of every file that was read. */
  readonly identities: ReadonlyMap<string, BlobIdentity>;
  /** Package paths of files without a record: nothing here vouches for them. */
  readonly unrecorded: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Compares files with the `.meta` beside them, before anything else is read or trusted (CLI-05): name and size first, which cost nothing,
 * then digests of the whole file. Nothing is unpacked. A pair that fails is not looked at further.
 */
export async function verifyLocal(files: readonly CollectedFile[], list: CheckList): Promise<LocalResult> {
  const identities = new Map<string, BlobIdentity>();
  const unrecorded: string[] = [];
  const notices: string[] = [];
  const paths = new Set<string>(files.map((f) => f.path));
  const subjects = files.filter((f) => !isMetaPath(f.path));
  for (const lone of files.filter((f) => isMetaPath(f.path))) {
    if (!paths.has(lone.path.slice(0, -'.meta'.length))) notices.push(`${lone.path} describes a file that is not here`);
  }
  for (const file of subjects) {
    const bytes = await readIfThere(`${file.absolute}.meta`);
    if (bytes === null) {
      unrecorded.push(file.path);
      continue;
    }
    const declares = readRecord(bytes, file, list);
    if (declares !== null) identities.set(file.path, await compare(file, declares, list));
  }
  return { identities, unrecorded, notices };
}

function readRecord(bytes: Uint8Array, file: CollectedFile, list: CheckList): MetaDeclaration | null {
  const subject = `${file.path}.meta`;
  try {
    const declares = declarationOf(parseMeta(bytes));
    const useful = declares.sha256 !== null;
    list.holds('meta.readable', subject, useful, useful ? 'declares a sha256' : 'declares no sha256, so it proves nothing', record);
    return useful ? declares : null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    list.holds('meta.readable', subject, false, error.message, record);
    return null;
  }
}

async function compare(file: CollectedFile, declares: MetaDeclaration, list: CheckList): Promise<BlobIdentity> {
  if (declares.name !== null) list.equal('meta.name', file.path, declares.name, basename(file.absolute), record);
  if (declares.size !== null) list.equal('meta.size', file.path, String(declares.size), String((await stat(file.absolute)).size), record);
  const blob = await identifyFile(file.absolute);
  if (declares.sha256 !== null) list.equal('meta.sha256', file.path, declares.sha256, blob.sha256, record);
  if (declares.blake3 !== null) list.equal('meta.blake3', file.path, declares.blake3, blob.blake3, record);
  return blob;
}
