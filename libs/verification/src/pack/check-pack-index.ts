import { sha256Hex } from '@muniment/formats';
import type { CheckList } from '../report/check.js';
import { packPlaces } from './layout.js';
import { parsePackIndex, PackError, type PackIndex } from './pack-index.js';
import type { ReadPack } from './read-pack.js';

const restsOn = 'index.json of the pack, which nobody signed';

/** Compares what is in the pack with its table of contents: nothing missing, nothing else, nothing changed. Records `pack.index` and, where they fail, `pack.members`. */
export function checkPackIndex({ documents, files }: ReadPack, list: CheckList): PackIndex | null {
  const index = readIndex(documents.get(packPlaces.index), list);
  if (index === null) return null;
  const found = new Map<string, { readonly size: number; readonly sha256: string }>(
    [...files].map(([path, { size, sha256 }]) => [packPlaces.files + path, { size, sha256 }]),
  );
  for (const [path, bytes] of documents) if (path !== packPlaces.index) found.set(path, { size: bytes.length, sha256: sha256Hex(bytes) });
  const before = list.failed.length;
  for (const { path, size, sha256 } of index.members) {
    const member = found.get(path);
    if (member === undefined) list.holds('pack.members', path, false, 'it is listed and not there', restsOn);
    else if (member.sha256 !== sha256) list.equal('pack.members', path, sha256, member.sha256, restsOn);
    else if (member.size !== size) list.equal('pack.members', path, String(size), String(member.size), restsOn);
    found.delete(path);
  }
  for (const path of found.keys()) list.holds('pack.members', path, false, 'it is there and not listed', restsOn);
  const ok = list.failed.length === before;
  list.holds(
    'pack.index',
    packPlaces.index,
    ok,
    ok ? `${index.members.length} members as listed` : 'the pack is not what it lists',
    restsOn,
  );
  return index;
}

function readIndex(bytes: Uint8Array | undefined, list: CheckList): PackIndex | null {
  try {
    if (bytes === undefined) throw new PackError('index.json is missing');
    return parsePackIndex(bytes);
  } catch (error) {
    if (!(error instanceof PackError)) throw error;
    list.holds('pack.index', packPlaces.index, false, error.message, restsOn);
    return null;
  }
}
