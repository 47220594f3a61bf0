import { isMetaPath, parseArtifactName } from '@muniment/domain';

/** How a file is read; the same words as the examiner port of the application layer. */
export type InspectionPlan = 'wheelhouse' | 'archive-tar' | 'archive-zip' | 'wheel' | 'meta' | 'opaque';

const gzippedTar = /\.(?:tgz|tar\.gz|crate)$/;

/** Decides from the name alone, never from what a client claims. Unknown names are opaque: digests only. */
export function planFor(path: string): InspectionPlan {
  if (isMetaPath(path)) return 'meta';
  if (path.endsWith('.whl')) return 'wheel';
  if (gzippedTar.test(path)) return parseArtifactName(path).kind === 'wheelhouse' ? 'wheelhouse' : 'archive-tar';
  if (path.endsWith('.tar')) return 'archive-tar';
  return path.endsWith('.zip') ? 'archive-zip' : 'opaque';
}

/** True when the name promises gzip, so that plain tar under it is refused. */
export function promisesGzip(path: string): boolean {
  return gzippedTar.test(path);
}

/** Media types by ending, longest first; wheels are zip files but have no registered type of their own. */
const mediaTypes: readonly (readonly [string, string])[] = [
  ['.meta', 'text/plain; charset=utf-8'],
  ['.tar.gz', 'application/gzip'],
  ['.tgz', 'application/gzip'],
  ['.crate', 'application/gzip'],
  ['.gz', 'application/gzip'],
  ['.tar', 'application/x-tar'],
  ['.whl', 'application/zip'],
  ['.zip', 'application/zip'],
  ['.json', 'application/json'],
  ['.xml', 'application/xml'],
  ['.html', 'text/html; charset=utf-8'],
  ['.md', 'text/markdown; charset=utf-8'],
  ['.csv', 'text/csv; charset=utf-8'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.log', 'text/plain; charset=utf-8'],
  ['.toml', 'application/toml'],
  ['.pdf', 'application/pdf'],
  ['.cbor', 'application/cbor'],
  ['.asc', 'application/pgp-signature'],
  ['.sig', 'application/octet-stream'],
];

/** The media type recorded for a file of that name; `application/octet-stream` when the ending says nothing. */
export function mediaTypeFor(path: string): string {
  return mediaTypes.find(([ending]) => path.endsWith(ending))?.[1] ?? 'application/octet-stream';
}
