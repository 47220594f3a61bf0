import { lstat, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Pointer } from '@muniment/contracts';
import { defaultInspectionLimits, isMetaPath, parseArtifactName } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { identifyFile } from '../meta/identify-file.js';
import { hasWholeHistory, historicBlobs, stagedBlobs, workTree, type GitBlob } from './git-blobs.js';
import { placeInRun, pointerDirectory, pointerEnding, readPointer } from './pointer-file.js';

export interface PointerCheckRequest {
  readonly cwd: string;
  /** The repository's folder of pointers, seen from `cwd`; null: the usual one, seen from the top of the work tree. */
  readonly directory: string | null;
  /** Files of this many bytes and more that are named like artifacts do not belong into git. */
  readonly maxBytes: number;
  /** Whether everything that was ever committed is looked at, too. */
  readonly history: boolean;
}

/** `path`: seen from the top of the work tree, or from the working directory where there is none. */
export interface PointerProblem {
  readonly path: string;
  readonly where: 'folder' | 'index' | 'history';
  readonly problem: string;
}

export interface PointerReport {
  readonly ok: boolean;
  /** Pointers that were found. */
  readonly pointers: number;
  /** False where this is no git work tree: then only the folder was looked at. */
  readonly git: boolean;
  readonly problems: readonly PointerProblem[];
}

/** Records, pointers, signatures and pages: all that a repository keeps of an archived run (IDX-05). */
const keptNames = /(?:\.pointer\.json|\.meta|\.asc|\.md)$/;
const archiveNames = /\.(?:tgz|tar|tar\.[a-z0-9]+|t[bx]z2?|zip|whl|crate|gem|jar|7z)$/i;

/**
 * Whether a repository keeps pointers and nothing else of what it archived: every pointer can be read, the records beside it are the ones it names, and no
 * artifact is about to be committed or, with `history`, ever was (STO-05, IDX-09). The folder is judged as it is on disk.
 */
export async function checkPointers(request: PointerCheckRequest): Promise<PointerReport> {
  const { cwd, directory, history } = request;
  const top = await workTree(cwd);
  const folder = directory === null ? resolve(top ?? cwd, pointerDirectory) : await givenFolder(resolve(cwd, directory), top);
  if (history) await assertHistory(top, cwd);
  const pointers = (await entriesBelow(folder)).filter((path) => path.endsWith(pointerEnding));
  const problems: PointerProblem[] = [];
  for (const path of pointers) {
    const seen = relative(top ?? cwd, path);
    for (const problem of await problemsOf(path)) problems.push({ path: seen, where: 'folder', problem });
  }
  if (top !== null) problems.push(...(await problemsInGit(top, folder, request)));
  return { ok: problems.length === 0, pointers: pointers.length, git: top !== null, problems };
}

async function givenFolder(folder: string, top: string | null): Promise<string> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  });
  if (found?.isDirectory() === true && folder !== top) return folder;
  throw new CliError('usage', `${folder} is not a folder of pointers: name one that exists, below the top of the repository.`);
}

async function assertHistory(top: string | null, cwd: string): Promise<void> {
  if (top === null) throw new CliError('usage', `${cwd} is not in a git work tree, so it has no history to look at.`);
  if (await hasWholeHistory(top)) return;
  throw new CliError(
    'usage',
    'This clone has only the newest commits. Run "git fetch --unshallow" first (actions/checkout: fetch-depth: 0).',
  );
}

async function entriesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((e) => !e.isDirectory())
      .map((e) => join(e.parentPath, e.name))
      .sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** A pointer that cannot be read, and records beside it that say something else than what was archived. A missing record is no problem: it is in the archive. */
async function problemsOf(path: string): Promise<readonly string[]> {
  try {
    const { files } = await readPointer(path);
    const judged = await Promise.all(files.filter((f) => isMetaPath(f.path)).map((record) => recordProblem(path, record)));
    return judged.filter((problem) => problem !== null);
  } catch (error) {
    if (error instanceof CliError) return [error.message];
    throw error;
  }
}

/** What comes with a repository is not trusted: a link, or something endless, is not opened. */
async function recordProblem(pointerPath: string, { path, size, sha256 }: Pointer['files'][number]): Promise<string | null> {
  const place = join(dirname(pointerPath), ...placeInRun(path));
  try {
    const found = await lstat(place);
    const same =
      found.isFile() &&
      found.size === size &&
      size <= defaultInspectionLimits.maxMetaBytes &&
      (await identifyFile(place)).sha256 === sha256;
    return same ? null : `${path} beside it is not the record that was archived`;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

async function problemsInGit(top: string, folder: string, { maxBytes, history }: PointerCheckRequest): Promise<readonly PointerProblem[]> {
  const prefix = `${relative(top, folder).split(sep).join('/')}/`;
  const wanted = (path: string): boolean => path.startsWith(prefix) || isArtifact(path);
  const problems: PointerProblem[] = [];
  const told = new Set<string>();
  const judge = async (where: 'index' | 'history', blobs: AsyncIterable<GitBlob>): Promise<void> => {
    for await (const blob of blobs) {
      const problem = problemOf(blob, prefix, maxBytes);
      const known = `${blob.object} ${blob.path}`;
      if (problem === null || told.has(known)) continue;
      told.add(known);
      problems.push({ path: blob.path, where, problem });
    }
  };
  await judge('index', stagedBlobs(top, wanted));
  if (history) await judge('history', historicBlobs(top, wanted));
  return problems;
}

function problemOf({ path, size, link }: GitBlob, prefix: string, maxBytes: number): string | null {
  if (!path.startsWith(prefix)) return size >= maxBytes ? `an artifact of ${size} bytes` : null;
  if (link) return 'a link, which is neither a record nor a pointer';
  if (!keptNames.test(path)) return `${size} bytes that are neither a record nor a pointer`;
  return size >= maxBytes && !path.endsWith(pointerEnding) ? `${size} bytes, too many for a record or a page` : null;
}

function isArtifact(path: string): boolean {
  const { kind } = parseArtifactName(path);
  return archiveNames.test(path) || !['evidence', 'meta'].includes(kind);
}
