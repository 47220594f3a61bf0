import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertMetaAgrees, counterpartPath, isMetaPath, parseArtifactName, type BlobIdentity, type FilePath } from '@muniment/domain';
import { declarationOf, identify, mediaTypeFor, parseMeta } from '@muniment/formats';
import { identifyFile } from '../meta/identify-file.js';
import { hasCode, readIfThere } from '../files/read-if-there.js';
import { writeMetaFile } from '../meta/write-meta-file.js';
import type { Collected, CollectedFile } from './collect-files.js';
import { leftOutNotice } from './left-out.js';

/** A file whose bytes are known. */
export interface PreparedFile {
  readonly path: FilePath;
  readonly absolute: string;
  readonly blob: BlobIdentity;
  readonly mediaType: string;
  /**
   * A `.meta` whose file is pushed with it. It does not tell one push from another: records name the moment they were written, so a
   * repeated build of the same bytes would never be recognized. If the archive has another record for these bytes, that one stays.
   */
  readonly companion: boolean;
}

export interface PrepareOptions {
  readonly writeMeta: boolean;
  readonly cwd: string;
  readonly now: Date;
  readonly runId?: string;
  readonly commit?: string;
  readonly requirements?: string;
  readonly onBytes?: (path: string, done: number) => void;
}

export interface Prepared {
  readonly files: readonly PreparedFile[];
  readonly notices: readonly string[];
}

/**
 * Digests every file, writes the `.meta` records that are missing (for a single file always, in a directory for wheelhouses) and refuses,
 * before a byte is sent, a record that disagrees with its file (ING-17, ING-19).
 */
export async function prepareFiles(collected: Collected, options: PrepareOptions): Promise<Prepared> {
  const prepared: PreparedFile[] = [];
  const notices = collected.leftOut.map(leftOutNotice);
  const known = new Set<string>(collected.files.map((f) => f.path));
  for (const file of collected.files) {
    const blob = await identifyFile(file.absolute, (done) => options.onBytes?.(file.path, done));
    const companion = isMetaPath(file.path) && known.has(counterpartPath(file.path));
    prepared.push({ ...file, blob, mediaType: mediaTypeFor(file.path), companion });
    if (!options.writeMeta || known.has(counterpartPath(file.path)) || !wantsMeta(file.path, collected.directory)) continue;
    const made = await makeMeta(file, blob, options);
    if (made === null) notices.push(`no .meta could be written beside ${file.absolute}; the archive makes one where it is needed`);
    else prepared.push(made);
  }
  for (const file of prepared) if (isMetaPath(file.path)) await assertRecordAgrees(file, prepared);
  prepared.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files: prepared, notices };
}

function wantsMeta(path: FilePath, inDirectory: boolean): boolean {
  if (isMetaPath(path)) return false;
  return !inDirectory || parseArtifactName(path).kind === 'wheelhouse';
}

async function makeMeta(file: CollectedFile, blob: BlobIdentity, options: PrepareOptions): Promise<PreparedFile | null> {
  const { cwd, now, runId, commit, requirements } = options;
  try {
    await access(dirname(file.absolute), constants.W_OK);
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EROFS', 'EPERM')) return null;
    throw error;
  }
  const meta = await writeMetaFile({
    file: file.absolute,
    cwd,
    now,
    blob,
    ...(runId === undefined ? {} : { runId }),
    ...(commit === undefined ? {} : { commit }),
    ...(requirements === undefined ? {} : { requirements }),
  });
  const path = counterpartPath(file.path);
  return { path, absolute: meta.path, blob: identify(meta.bytes), mediaType: mediaTypeFor(path), companion: true };
}

async function assertRecordAgrees(record: PreparedFile, all: readonly PreparedFile[]): Promise<void> {
  const bytes = await readIfThere(record.absolute);
  if (bytes === null) throw new Error(`${record.absolute} vanished while it was being prepared`);
  const declares = declarationOf(parseMeta(bytes));
  const subject = all.find((f) => f.path === counterpartPath(record.path));
  if (subject !== undefined) assertMetaAgrees(declares, subject.path, subject.blob);
}
