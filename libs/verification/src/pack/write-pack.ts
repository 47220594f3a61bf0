import { createHash, hash } from 'node:crypto';
import { packPlaces } from './layout.js';
import { writePackIndex, type PackMember } from './pack-index.js';
import { tarEnd, tarHeader, tarPadding } from './tar-entry.js';

/** A file of the package on its way into the pack; `size` and `sha256` (bare hexadecimal) are those of the manifest. */
export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface PackContent {
  readonly packageId: string;
  readonly manifestDigest: string;
  readonly content: 'files' | 'digests';
  /** Everything but files and index, by its place in the pack. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly files: readonly PackedFile[];
}

/**
 * The pack as a stream of bytes: one deterministic tar. Memory does not grow with the files. Throws when a file is not what the manifest says: then the
 * pack must be thrown away.
 */
export async function* writePack({ packageId, manifestDigest, content, documents, files }: PackContent): AsyncGenerator<Uint8Array> {
  const members: PackMember[] = [];
  for (const [path, bytes] of [...documents].sort(byPath)) {
    members.push({ path, size: bytes.length, sha256: hash('sha256', bytes) });
    yield* [tarHeader(path, bytes.length), bytes, tarPadding(bytes.length)];
  }
  for (const file of [...files].sort((a, b) => byPath([a.path], [b.path]))) {
    const path = packPlaces.files + file.path;
    members.push({ path, size: file.size, sha256: file.sha256 });
    yield tarHeader(path, file.size);
    yield* exactly(file);
    yield tarPadding(file.size);
  }
  const index = writePackIndex({ packageId, manifestDigest, content, members });
  yield* [tarHeader(packPlaces.index, index.length), index, tarPadding(index.length), tarEnd()];
}

async function* exactly({ path, size, sha256, open }: PackedFile): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  let read = 0;
  for await (const chunk of open()) {
    read += chunk.length;
    if (read > size) break;
    digest.update(chunk);
    yield chunk;
  }
  if (read !== size || digest.digest('hex') !== sha256) throw new Error(`${path} is not what the manifest says; nothing was packed`);
}

function byPath([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
