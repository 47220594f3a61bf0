import { DualDigest, TarWalker, type TarMember, type TarVisitor } from '@muniment/formats';
import { defaultInspectionLimits, isMetaPath, Refusal, type BlobIdentity } from '@muniment/domain';
import type { SignedContent } from '../openpgp/signed-content.js';
import { packPlaces } from './layout.js';
import { PackError } from './pack-index.js';

/** Bounds of what is held in memory: everything in a pack but the files. */
const largestDocument = 64 * 1024 * 1024;
const largestDocuments = 256 * 1024 * 1024;
/** A path of a package may have 1,024 bytes, all of them segments of one letter; the pack puts it one folder deeper. */
const limits = { ...defaultInspectionLimits, maxNameBytes: 2_048, maxDepth: 600 };

export interface ReadPack {
  /** All members but those under `files/`, by their place. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** Identity of each member under `files/`, by its path within the package. */
  readonly files: ReadonlyMap<string, BlobIdentity>;
  /** Content of the `.meta` records among them, as far as they are small. */
  readonly records: ReadonlyMap<string, Uint8Array>;
}

type Chunks = AsyncIterable<Uint8Array>;

/**
 * Reads a pack as something hostile: links, special members, paths outside, names that come twice, truncated or trailing data are refused (`Refusal`
 * `archive_*`), and so are documents beyond the bounds ({@link PackError}). Nothing is unpacked.
 */
export async function readPack(chunks: Chunks): Promise<ReadPack> {
  const documents = new Documents();
  await walk(chunks, documents);
  return documents;
}

/** Reads the pack once more for the signatures of its files: fills each content that is asked for, by path within the package. */
export function readSignedContent(chunks: Chunks, wanted: ReadonlyMap<string, SignedContent>): Promise<void> {
  let content: SignedContent | undefined;
  return walk(chunks, {
    begin: ({ path }) => (content = path.startsWith(packPlaces.files) ? wanted.get(path.slice(packPlaces.files.length)) : undefined),
    content: (chunk) => content?.update(chunk),
    end: () => (content = undefined),
  });
}

/** The bytes of one file of the pack would be read in vain when it is compressed: a pack is a plain tar. */
async function walk(chunks: Chunks, visitor: TarVisitor): Promise<void> {
  const walker = new TarWalker(limits, visitor);
  for await (const chunk of chunks) walker.write(chunk);
  walker.finish();
}

class Documents implements TarVisitor, ReadPack {
  readonly documents = new Map<string, Uint8Array>();
  readonly files = new Map<string, BlobIdentity>();
  readonly records = new Map<string, Uint8Array>();
  #keep = false;
  #held = 0;
  #path = '';
  #digest: DualDigest | null = null;
  #pieces: Uint8Array[] = [];

  begin({ path, size }: TarMember): void {
    this.#path = path;
    this.#digest = path.startsWith(packPlaces.files) ? new DualDigest() : null;
    this.#keep = this.#digest === null || (isMetaPath(path) && size <= limits.maxMetaBytes);
    this.#pieces = [];
    if (!this.#keep) return;
    this.#held += size;
    if (size > largestDocument || this.#held > largestDocuments)
      throw new PackError(`its documents are larger than ${size > largestDocument ? largestDocument : largestDocuments} bytes`);
  }

  content(chunk: Uint8Array): void {
    if (this.#keep) this.#pieces.push(Uint8Array.from(chunk));
    this.#digest?.update(chunk);
  }

  end(): void {
    const bytes = Buffer.concat(this.#pieces);
    const path = this.#path.slice(packPlaces.files.length);
    if (this.#digest === null) this.documents.set(this.#path, bytes);
    else this.files.set(path, this.#digest.finish());
    if (this.#digest !== null && this.#keep) this.records.set(path, bytes);
    this.#pieces = [];
  }
}

/** Why a pack cannot be read, in a sentence; null for errors that are not the pack's. */
export function unreadable(error: unknown): string | null {
  return error instanceof Refusal || error instanceof PackError ? error.message : null;
}
