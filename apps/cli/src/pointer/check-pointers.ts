import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isMetaPath, parseArtifactName } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { identifyFile } from '../meta/identify-file.js';
import { historicBlobs, stagedBlobs, workTree, type GitBlob } from './git-blobs.js';
import { placeInRun, pointerEnding, readPointer } from './pointer-file.js';

export interface PointerCheckRequest {
  /** The repository's folder of pointers, seen from `cwd`. */
  readonly directory: string;
  readonly cwd: string;
  /** Files of this many bytes and more that are named like artifacts do not belong into git. */
  readonly maxBytes: number;
  /** Whether everything that was ever committed is looked at, too. */
  readonly history: boolean;
}

export interface PointerProblem {
  readonly path: string;
  readonly where: 'folder' | 'index' | 'history';
  readonly problem: string;
}

export interface PointerReport {
  readonly ok: boolean;
  /** Pointers that were read. */
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
 * artifact is about to be committed or, with `history`, ever was (STO-05, IDX-09).
 */
export async function checkPointers(request: PointerCheckRequest): Promise<PointerReport> {
  const { directory, cwd } = request;
  const folder = resolve(cwd, directory);
  const top = await workTree(cwd);
  if (top === null && request.history) throw new CliError('usage', `${cwd} is not in a git work tree, so it has no history to look at.`);
  const found = (await filesBelow(folder)).filter((path) => path.endsWith(pointerEnding));
  const problems: PointerProblem[] = [];
  for (const path of found)
    for (const problem of await problemsOf(path)) problems.push({ path: relative(cwd, path), where: 'folder', problem });
  if (top !== null) problems.push(...(await artifactsInGit(top, folder, request)));
  return { ok: problems.length === 0, pointers: found.length, git: top !== null, problems };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((e) => e.isFile())
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
    const problems: string[] = [];
    for (const file of files.filter((f) => isMetaPath(f.path))) {
      const record = await recordBeside(path, file.path);
      if (record !== null && record !== file.sha256) problems.push(`${basename(file.path)} beside it is not the record that was archived`);
    }
    return problems;
  } catch (error) {
    if (error instanceof CliError) return [error.message];
    throw error;
  }
}

/** SHA-256 of the record beside a pointer; null when there is none. */
async function recordBeside(pointerPath: string, path: string): Promise<string | null> {
  try {
    return (await identifyFile(join(dirname(pointerPath), ...placeInRun(path)))).sha256;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

async function artifactsInGit(top: string, folder: string, { maxBytes, history }: PointerCheckRequest): Promise<readonly PointerProblem[]> {
  const kept = relative(top, folder).split(sep).join('/');
  const below = (path: string): boolean => path.startsWith(`${kept}/`);
  const wanted = (path: string): boolean => isArtifact(path) || (below(path) && !keptNames.test(path));
  const problems: PointerProblem[] = [];
  const judge = async (where: 'index' | 'history', blobs: AsyncIterable<GitBlob>): Promise<void> => {
    for await (const { path, size } of blobs) {
      if (below(path)) problems.push({ path, where, problem: `${size} bytes that are neither a record nor a pointer` });
      else if (size >= maxBytes) problems.push({ path, where, problem: `an artifact of ${size} bytes` });
    }
  };
  await judge('index', stagedBlobs(top, wanted));
  if (history) {
    const staged = new Set(problems.map(({ path }) => path));
    await judge(
      'history',
      historicBlobs(top, (path) => wanted(path) && !staged.has(path)),
    );
  }
  return problems;
}

function isArtifact(path: string): boolean {
  const { kind } = parseArtifactName(path);
  return archiveNames.test(path) || !['evidence', 'meta'].includes(kind);
}
