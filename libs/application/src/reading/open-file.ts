import {
  isMetaPath,
  may,
  Refusal,
  sha256Name,
  type ArchiveMember,
  type Blake3,
  type FileState,
  type Principal,
  type RetentionState,
  type Sha256,
} from '@muniment/domain';
import { extractMember } from '@muniment/formats';
import type { BlobReader, ByteRange, OpenBytes } from '../ports/blob-store.js';
import type { BlobHolder, PackageStates, PackageViews } from '../ports/views.js';
import type { ReadPackage } from './read-package.js';

/** Bytes that can be served: what they are is known before the first one is read. */
export interface ServableBytes {
  readonly sha256: Sha256;
  readonly blake3: Blake3 | null;
  readonly size: number;
  readonly mediaType: string;
  /** Opens the bytes, or a range that lies within them. */
  readonly open: (range?: ByteRange) => Promise<AsyncIterable<Uint8Array>>;
}

/** Opens files, wheels inside wheelhouses, and blobs by digest. */
export class OpenFile {
  constructor(
    private readonly packages: ReadPackage,
    private readonly states: PackageStates,
    private readonly views: PackageViews,
    private readonly store: BlobReader,
  ) {}

  async file(packageId: string, path: string, caller: Principal): Promise<ServableBytes> {
    const file = await this.ingested(packageId, path, caller);
    const { sha256, blake3, size, mediaType } = file;
    return { sha256, blake3, size, mediaType, open: async (range) => (await this.opened(sha256, range)).stream };
  }

  /** One member of a wheelhouse; bytes before it are read and dropped, since gzip has no other way in. */
  async member(packageId: string, path: string, memberPath: string, caller: Principal): Promise<ServableBytes> {
    const file = await this.ingested(packageId, path, caller);
    const member = memberOf(file, memberPath);
    return {
      sha256: member.sha256,
      blake3: member.blake3,
      size: member.size,
      mediaType: member.wheel ? 'application/zip' : 'application/octet-stream',
      open: async (range) => {
        const { stream } = await this.opened(file.sha256);
        const whole = extractMember(stream as AsyncIterable<Uint8Array>, member.path);
        return range ? slice(whole, range) : whole;
      },
    };
  }

  /** A blob by its digest, for whoever may read a repository that refers to it. Served as long as one of its packages serves it. */
  async blob(sha256: Sha256, caller: Principal): Promise<ServableBytes> {
    const blob = await this.views.blob(sha256);
    // Not yours and not there look the same: a digest must not tell what others store.
    const readable = blob?.holders.filter(({ repository }) => may(caller, 'read', repository)) ?? [];
    if (!blob || readable.length === 0) throw new Refusal('blob_not_found', 'There is no such blob.');
    assertNotTrashed(readable);
    return {
      sha256,
      blake3: blob.blake3 as Blake3,
      size: blob.size,
      mediaType: 'application/octet-stream',
      open: async (range) => (await this.opened(sha256, range)).stream,
    };
  }

  /** What a wheelhouse holds; empty for any other file. */
  async members(packageId: string, path: string, caller: Principal): Promise<readonly ArchiveMember[]> {
    return (await this.ingested(packageId, path, caller)).members ?? [];
  }

  private async ingested(packageId: string, path: string, caller: Principal): Promise<FileState> {
    const { retention } = await this.packages.visible(packageId, caller);
    const file = (await this.states.fileAt(packageId, path))?.file;
    if (!file || file.phase === 'refused') throw new Refusal('file_not_found', `The package has no file ${path}.`);
    if (file.phase === 'received') throw new Refusal('file_not_ready', `${path} is still being verified. Ask again in a moment.`);
    assertServed(file, retention);
    return file;
  }

  private async opened(sha256: Sha256, range?: ByteRange): Promise<OpenBytes> {
    const opened = await this.store.openBlob(sha256, range);
    if (!opened) throw new Error(`blob ${sha256} is referenced but the store does not have it`);
    return opened;
  }
}

/** Refuses what a collection took (`file_collected`) or is about to take (`package_in_trash`). Records of provenance are served for ever. */
function assertServed({ path, phase, sha256 }: FileState, { trash, collectedAt }: RetentionState): void {
  if (phase === 'released' || phase === 'removed') {
    throw new Refusal(
      'file_collected',
      `${path} was collected: its retention was over. The manifest, .meta records and the history of the package still say what it was.`,
      { path, digest: sha256Name(sha256), ...(collectedAt === null ? {} : { collected_at: collectedAt }) },
    );
  }
  if (trash === null || collectedAt !== null || isMetaPath(path)) return;
  throw new Refusal(
    'package_in_trash',
    `The package is in the trash and its files are not served. Until ${trash.purgeAfter} it comes back when it is restored, extended or held ` +
      '("muniment retention restore"); after that a collection deletes them.',
    { path, trashed_at: trash.since, purge_after: trash.purgeAfter },
  );
}

function assertNotTrashed(holders: readonly BlobHolder[]): void {
  const ends = holders.map(({ trashedUntil }) => trashedUntil);
  const last = ends.toSorted().at(-1);
  if (ends.includes(null) || last === undefined || last === null) return;
  throw new Refusal(
    'package_in_trash',
    `Every package that holds this blob is in the trash and its files are not served. Until ${last} it comes back when one of them is restored, ` +
      'extended or held ("muniment retention restore"); after that a collection deletes it.',
    { purge_after: last },
  );
}

function memberOf(file: FileState, memberPath: string): ArchiveMember {
  const member = file.members?.find((m) => m.path === memberPath) ?? file.members?.find((m) => m.path.endsWith(`/${memberPath}`));
  if (!member) throw new Refusal('member_not_found', `${file.path} has no member ${memberPath}.`);
  return member;
}

async function* slice(source: AsyncIterable<Uint8Array>, { start, end }: ByteRange): AsyncIterable<Uint8Array> {
  let position = 0;
  for await (const chunk of source) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end + 1 - position, chunk.length);
    if (from < to) yield chunk.subarray(from, to);
    position += chunk.length;
    if (position > end) return;
  }
}
