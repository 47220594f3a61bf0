import { isMetaPath, Refusal, type Manifest } from '@muniment/domain';
import { declarationOf, parseMeta, sha256Hex } from '@muniment/formats';
import type { CheckList } from '../report/check.js';

const restsOn = 'the .meta record in the package';

/** Compares a `.meta` record with the manifest: the record's own bytes, then what it declares of the file it stands beside. */
export function checkMetaRecord(path: string, bytes: Uint8Array, manifest: Manifest, list: CheckList): void {
  const listed = manifest.files.find((file) => file.path === path);
  if (listed === undefined || !isMetaPath(path)) return;
  if (!list.equal('meta.stored', path, listed.digest, `sha256:${sha256Hex(bytes)}`, 'the manifest')) return;
  const subject = manifest.files.find((file) => file.path === path.slice(0, -'.meta'.length));
  if (subject === undefined) return;
  try {
    const declares = declarationOf(parseMeta(bytes));
    if (declares.sha256 !== null) list.equal('meta.sha256', subject.path, `sha256:${declares.sha256}`, subject.digest, restsOn);
    if (declares.size !== null) list.equal('meta.size', subject.path, String(declares.size), String(subject.size), restsOn);
    if (declares.blake3 !== null) list.equal('meta.blake3', subject.path, declares.blake3, subject.blake3, restsOn);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    list.holds('meta.readable', path, false, error.message, restsOn);
  }
}
