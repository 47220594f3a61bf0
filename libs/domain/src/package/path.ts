import { Refusal } from '../errors.js';

/** A file's place inside its package: relative, forward slashes, no empty, `.` or `..` segment. */
export type FilePath = string & { readonly brand: 'file-path' };

const maxPathBytes = 1024;
const forbidden = /[\u0000-\u001f\u007f\\]/;
/** Text of which each character is one byte, and which has one form only. */
const ascii = /^[\u0000-\u007f]*$/;

/** Refuses what could name anything outside the package or confuse a file system (`path_invalid`). Length limit: 1,024 UTF-8 bytes. */
export function parseFilePath(text: string): FilePath {
  const refuse = (why: string): never => {
    throw new Refusal('path_invalid', `The file path ${why}. Use a relative path such as "wheelhouse-3.11.tgz" or "docs/report.json".`);
  };
  if (text === '') refuse('is empty');
  const isAscii = ascii.test(text);
  if ((isAscii ? text : new TextEncoder().encode(text)).length > maxPathBytes) refuse(`is longer than ${maxPathBytes} bytes`);
  if (forbidden.test(text)) refuse('contains a control character or a backslash');
  if (!isAscii && !text.isWellFormed()) refuse('is not valid Unicode');
  if (!isAscii && text !== text.normalize('NFC')) refuse('is not in Unicode normal form C');
  for (const segment of text.split('/')) {
    if (segment === '') refuse('is absolute or has an empty segment');
    if (segment === '.' || segment === '..') refuse('has a "." or ".." segment');
  }
  return text as FilePath;
}

const metaSuffix = '.meta';

/** True for a provenance record (`<file>.meta`). */
export function isMetaPath(path: string): boolean {
  return path.endsWith(metaSuffix) && path.length > metaSuffix.length;
}

/** What {@link wayOf} tells: no file may stand at any of `files`, and none in any of `folders`: the path itself, then its record where it has one. */
export interface Way {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * What would be in the way of a file at `path` on every file system: a file whose name is one of its folders, or a file in a folder of its name. The record that
 * stands, or will be made, beside each of them counts as well.
 */
export function wayOf(path: FilePath): Way {
  const above: FilePath[] = [];
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) above.push(path.slice(0, end) as FilePath);
  return {
    files: above.flatMap((folder) => (isMetaPath(folder) ? [folder, counterpartPath(folder)] : [folder])),
    folders: isMetaPath(path) ? [path] : [path, counterpartPath(path)],
  };
}

/** The other half of the pair that must agree: `x.tgz` for `x.tgz.meta`, `x.tgz.meta` for `x.tgz`. */
export function counterpartPath(path: FilePath): FilePath {
  return (isMetaPath(path) ? path.slice(0, -metaSuffix.length) : path + metaSuffix) as FilePath;
}
