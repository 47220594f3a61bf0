import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isMetaPath, parseFilePath, Refusal, type FilePath } from '@muniment/domain';
import { CliError } from '../exit-codes.js';
import { hasCode } from '../files/read-if-there.js';
import { pointerEnding } from '../pointer/pointer-file.js';
import { escapedName, refuseNotText, refuseSamePath, relativePath, textOfName } from './entry-names.js';
import { leftOutNotice, type LeftOut } from './left-out.js';

/** A file to archive: where it lies and the path it gets inside the package. */
export interface CollectedFile {
  readonly absolute: string;
  readonly path: FilePath;
}

export interface Collected {
  /** True for a run directory, false for a single file. */
  readonly directory: boolean;
  /** Sorted by path. */
  readonly files: readonly CollectedFile[];
  /** What was passed over, sorted by path. Links are never followed. */
  readonly leftOut: readonly LeftOut[];
}

/** Folders that are never part of a run, and may hold secrets. */
const neverCollected = new Set(['.git', '.muniment', '.muniment-push']);

/** The file with its `.meta`, or every regular file below the directory, but for what git keeps of another package. */
export async function collectFiles(target: string, cwd: string): Promise<Collected> {
  const absolute = resolve(cwd, target);
  const found = await stat(absolute).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) throw new CliError('usage', `${target} does not exist. Name a file or a run directory.`);
    throw error;
  });
  if (found.isDirectory()) return collectDirectory(absolute, target);
  if (!found.isFile()) throw new CliError('usage', `${target} is neither a file nor a directory.`);
  const files = [{ absolute, path: parseFilePath(basename(absolute).normalize('NFC')) }];
  const meta = `${absolute}.meta`;
  const hasMeta =
    !isMetaPath(absolute) &&
    (await stat(meta).then(
      (s) => s.isFile(),
      () => false,
    ));
  if (hasMeta) files.push({ absolute: meta, path: parseFilePath(basename(meta).normalize('NFC')) });
  return { directory: false, files, leftOut: [] };
}

async function collectDirectory(root: string, target: string): Promise<Collected> {
  const files: CollectedFile[] = [];
  const leftOut: LeftOut[] = [];
  const notText: string[] = [];
  const walk = async (directory: string, underPointer: boolean): Promise<void> => {
    const entries = await entriesOf(directory, (escaped) => notText.push(relativePath(root, join(directory, escaped))));
    const names = new Set(entries.map(({ name }) => name));
    const pointed = underPointer || entries.some(({ name }) => name.endsWith(pointerEnding));
    for (const { name, isFolder, isFile } of entries) {
      const absolute = join(directory, name);
      const path = relativePath(root, absolute).normalize('NFC');
      if (isFolder && !neverCollected.has(name)) await walk(absolute, pointed);
      else if (isFolder) leftOut.push({ path, why: 'folder' });
      else if (pointed && isKeptForGit(name, names)) leftOut.push({ path, why: 'kept_for_git' });
      else if (isFile) files.push({ absolute, path: filePathOf(path) });
      else leftOut.push({ path, why: 'special' });
    }
  };
  await walk(root, false);
  refuseNotText(notText.sort());
  refuseSamePath(files, root);
  if (files.length === 0) {
    const rest = leftOut.map((each) => ` ${leftOutNotice(each)}.`).join('');
    throw new CliError('usage', `${target} holds no regular file.${rest} Name the directory that the build filled.`);
  }
  return { directory: true, files: files.sort(byPath), leftOut: leftOut.sort(byPath) };
}

/** Among many files the refusal has to say which one it is about. */
function filePathOf(path: string): FilePath {
  try {
    return parseFilePath(path);
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.code, `${JSON.stringify(path)}: ${error.message}`, error.facts) : error;
  }
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isFile: boolean;
}

/** Read as bytes: as text, a name that is not UTF-8 would be another one, which is not there. */
async function entriesOf(directory: string, onNotText: (escaped: string) => void): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const name = textOfName(entry.name);
    if (name === null) onNotText(escapedName(entry.name));
    else entries.push({ name, isFolder: entry.isDirectory(), isFile: entry.isFile() });
  }
  return entries;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** A pointer, or a record that was written beside one and whose file is not here: they speak of a package and belong to none. */
function isKeptForGit(name: string, names: ReadonlySet<string>): boolean {
  return name.endsWith(pointerEnding) || (isMetaPath(name) && !names.has(name.slice(0, -'.meta'.length)));
}
