import { relative, sep } from 'node:path';
import { CliError } from '../exit-codes.js';
import type { CollectedFile } from './collect-files.js';

/** So many are told; the facts hold all. */
const mostTold = 10;

/** As a package writes it, with forward slashes; not composed yet. */
export function relativePath(root: string, absolute: string): string {
  return relative(root, absolute).split(sep).join('/');
}

/** A name of the file system as text; null for bytes that are not UTF-8. */
export function textOfName(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** As a shell takes it between $' and ': what is not printable ASCII as \xNN. */
export function escapedName(bytes: Uint8Array): string {
  const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x27;
  return [...bytes].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)).join('');
}

/** Refuses names that are not UTF-8, given with {@link escapedName}: paths in a package are text. */
export function refuseNotText(paths: readonly string[]): void {
  if (paths.length === 0) return;
  throw new CliError('usage', `Names must be UTF-8, and these are not: ${listed(paths)}. Rename them.`, { paths });
}

/** Refuses files whose names differ only in how Unicode composes them: in a package they would be one path. */
export function refuseSamePath(files: readonly CollectedFile[], root: string): void {
  const namesOf = Map.groupBy(files, ({ path }) => path);
  const same = [...namesOf].filter(([, named]) => named.length > 1);
  if (same.length === 0) return;
  const told = same.map(([path, named]) => {
    const written = named.map(({ absolute }) => escapedName(Buffer.from(relativePath(root, absolute))));
    return `${path} (${written.sort().join(' and ')})`;
  });
  const detail = `Several files here have a name that Unicode takes for the same: ${listed(told)}. Rename or remove all but one.`;
  throw new CliError('usage', detail, { paths: same.map(([path]) => path) });
}

function listed(paths: readonly string[]): string {
  const more = paths.length - mostTold;
  return paths.slice(0, mostTold).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
