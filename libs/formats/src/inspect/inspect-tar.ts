import { Refusal, type ArchiveMember, type Inspection, type InspectionLimits } from '@muniment/domain';
import type { ByteFeed } from '../archive/byte-feed.js';
import type { OpenSpool, Spool } from '../archive/byte-source.js';
import { TarWalker, type TarMember, type TarVisitor } from '../archive/tar-walker.js';
import { DualDigest } from '../digest/dual-digest.js';
import { parseWheelName } from '../wheel/wheel-name.js';
import { inspectWheel } from './inspect-wheel.js';
import { promisesGzip } from './plan.js';
import { openTar } from './tar-bytes.js';

/** Checks a tar, plain or gzip, and counts its files without listing them. */
export async function inspectTar(feed: ByteFeed, fileName: string, limits: InspectionLimits): Promise<Inspection> {
  const ignore = { begin: () => undefined, content: () => undefined, end: () => undefined };
  const walker = new TarWalker(limits, ignore);
  const format = await walk(feed, walker, limits, promisesGzip(fileName));
  return { format, member_count: walker.files, members: [], wheel: null };
}

/**
 * Checks a wheelhouse and lists its files, each with both digests from the same pass; wheels are read into `openSpool` and tell what they are.
 * Refuses (`wheelhouse_without_wheels`) one without any wheel.
 */
export async function inspectWheelhouse(feed: ByteFeed, limits: InspectionLimits, openSpool: OpenSpool): Promise<Inspection> {
  const listing = new WheelhouseListing(limits, openSpool);
  const walker = new TarWalker(limits, listing);
  try {
    const format = await walk(feed, walker, limits, true);
    if (!listing.members.some((m) => m.wheel !== null)) {
      throw new Refusal('wheelhouse_without_wheels', 'The wheelhouse contains no .whl file. Check the wheel build step of the run.');
    }
    return { format, member_count: walker.files, members: listing.members, wheel: null };
  } finally {
    listing.discard();
  }
}

async function walk(feed: ByteFeed, walker: TarWalker, limits: InspectionLimits, gzipOnly: boolean): Promise<'tar' | 'tar+gzip'> {
  const { format, chunks } = await openTar(feed, limits, gzipOnly);
  for await (const chunk of chunks) walker.write(chunk);
  walker.finish();
  return format;
}

class WheelhouseListing implements TarVisitor {
  readonly members: ArchiveMember[] = [];
  #member: TarMember | null = null;
  #digest = new DualDigest();
  #spool: Spool | null = null;

  constructor(
    readonly limits: InspectionLimits,
    readonly openSpool: OpenSpool,
  ) {}

  begin(member: TarMember): void {
    this.#member = member;
    this.#digest = new DualDigest();
    if (!member.path.endsWith('.whl')) return;
    parseWheelName(member.path); // a bad name is refused before its bytes are kept
    this.#spool = this.openSpool(member.size);
  }

  content(chunk: Uint8Array): void {
    this.#digest.update(chunk);
    this.#spool?.write(chunk);
  }

  end(): void {
    if (this.#member === null) return;
    const { path } = this.#member;
    const wheel = this.#spool === null ? null : inspectWheel(this.#spool.source(), path, this.limits);
    this.members.push({ path, ...this.#digest.finish(), wheel });
    this.discard();
  }

  discard(): void {
    this.#spool?.discard();
    this.#spool = null;
  }
}
