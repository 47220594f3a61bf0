import { Refusal, type InspectionLimits } from '@muniment/domain';
import { corrupt } from './corrupt.js';
import { MemberCensus } from './member-census.js';
import { assertNameLength, readMemberPath } from './member-path.js';
import { parsePaxRecords } from './pax-records.js';
import { blockSize, parseTarHeader, untilNul, type TarHeader } from './tar-header.js';

/** A regular file of the archive, announced before its bytes. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
}

/** Told about regular files as they stream by. Chunks are valid only during the call. */
export interface TarVisitor {
  begin(member: TarMember): void;
  content(chunk: Uint8Array): void;
  end(): void;
}

const maxPaxBytes = 1024 * 1024;

/**
 * Walks a tar stream (ustar, pax, GNU long names) as chunks are pushed in, holding no more than one header. Only regular files and
 * directories pass: links, devices, sparse and other special members are refused, and so is everything two tar readers could understand
 * differently. See the refusal codes `archive_*`.
 */
export class TarWalker {
  readonly #census: MemberCensus;
  readonly #block = new Uint8Array(blockSize);
  #filled = 0;
  #state: 'header' | 'content' | 'extension' | 'ended' = 'header';
  /** Bytes of the current entry still to come, and the padding after them. */
  #remaining = 0;
  #padding = 0;
  #extension: { readonly typeflag: string; readonly body: Uint8Array; filled: number } | null = null;
  #nextName: Uint8Array | null = null;
  #nextSize: number | null = null;

  constructor(
    readonly limits: InspectionLimits,
    readonly visitor: TarVisitor,
  ) {
    this.#census = new MemberCensus(limits);
  }

  /** Regular files seen so far. */
  get files(): number {
    return this.#census.files;
  }

  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at += this.#take(chunk.subarray(at));
  }

  /** The stream is over. Refuses (`archive_corrupt`) one that stops in the middle or lacks its end mark. */
  finish(): void {
    if (this.#state !== 'ended' || this.#filled !== 0) throw corrupt('the tar data ends before its end mark');
  }

  /** Consumes at least one byte of `bytes` and says how many. */
  #take(bytes: Uint8Array): number {
    if (this.#remaining > 0) {
      const part = bytes.subarray(0, this.#remaining);
      this.#remaining -= part.length;
      this.#body(part);
      if (this.#remaining === 0) this.#bodyEnd();
      return part.length;
    }
    if (this.#padding > 0) {
      const skipped = Math.min(this.#padding, bytes.length);
      this.#padding -= skipped;
      return skipped;
    }
    const part = bytes.subarray(0, blockSize - this.#filled);
    this.#block.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled === blockSize) {
      this.#filled = 0;
      this.#header();
    }
    return part.length;
  }

  #header(): void {
    if (this.#block.every((byte) => byte === 0)) {
      if (this.#nextName !== null || this.#nextSize !== null) throw corrupt('an extended header describes no member');
      this.#state = 'ended';
      return;
    }
    if (this.#state === 'ended') throw corrupt('data follows the end mark of the tar data');
    const header = parseTarHeader(this.#block);
    this.#census.header();
    if (header.typeflag === 'x' || header.typeflag === 'g' || header.typeflag === 'L') this.#beginExtension(header);
    else this.#beginMember(header);
  }

  #expect(size: number): void {
    this.#remaining = size;
    this.#padding = (blockSize - (size % blockSize)) % blockSize;
    if (size === 0) this.#bodyEnd();
  }

  #body(part: Uint8Array): void {
    if (this.#state === 'content') this.visitor.content(part);
    else if (this.#extension) {
      this.#extension.body.set(part, this.#extension.filled);
      this.#extension.filled += part.length;
    }
  }

  #bodyEnd(): void {
    if (this.#state === 'content') this.visitor.end();
    else if (this.#extension) this.#endExtension(this.#extension);
    this.#extension = null;
    this.#state = 'header';
  }

  #beginExtension({ typeflag, size }: TarHeader): void {
    if (typeflag === 'L') assertNameLength(size - 1, this.limits);
    if (size > maxPaxBytes) {
      throw new Refusal('archive_member_too_large', `An extended header of the archive is larger than ${maxPaxBytes} bytes.`);
    }
    this.#extension = { typeflag, body: new Uint8Array(size), filled: 0 };
    this.#state = 'extension';
    this.#expect(size);
  }

  #endExtension({ typeflag, body }: { readonly typeflag: string; readonly body: Uint8Array }): void {
    if (typeflag === 'L') {
      this.#nameNext(untilNul(body));
      return;
    }
    const records = parsePaxRecords(body);
    if ([...records.keys()].some((key) => key.startsWith('GNU.sparse.'))) throw special('a sparse file');
    const path = records.get('path');
    const size = records.get('size');
    // Readers disagree on how long a global name or size lasts.
    if (typeflag === 'g' && (path ?? size)) throw corrupt('a global pax header sets a name or size');
    if (path) this.#nameNext(path);
    if (size) {
      const text = Buffer.from(size).toString('latin1');
      if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) throw corrupt('a pax header has a malformed size');
      this.#nextSize = Number(text);
    }
  }

  #nameNext(name: Uint8Array): void {
    if (this.#nextName !== null) throw corrupt('a member is named by two extended headers');
    assertNameLength(name.length, this.limits);
    this.#nextName = name;
  }

  #beginMember(header: TarHeader): void {
    assertKind(header.typeflag);
    const named = readMemberPath(this.#nextName ?? header.name, this.limits);
    const directory = header.typeflag === '5' || named.directory;
    const size = this.#nextSize ?? header.size;
    this.#nextName = this.#nextSize = null;
    if (directory && size > 0) throw corrupt('a directory of the tar data has content');
    if (!directory && named.path === '') throw corrupt('a file of the tar data has no name');
    this.#census.admit({ path: named.path, directory }, size);
    if (directory) return;
    this.visitor.begin({ path: named.path, size });
    this.#state = 'content';
    this.#expect(size);
  }
}

function special(what: string): Refusal {
  return new Refusal('archive_special_member', `The archive contains ${what}. Pack only files and directories.`);
}

/** Lets regular files (`0`, the older NUL and `7`) and directories through. */
function assertKind(typeflag: string): void {
  if (typeflag === '0' || typeflag === '\0' || typeflag === '7' || typeflag === '5') return;
  // K: a long link target, so a link follows
  if (typeflag === '1' || typeflag === '2' || typeflag === 'K') {
    throw new Refusal('archive_link_refused', 'The archive contains a link. Pack the files themselves (tar --dereference).');
  }
  if (typeflag === '3' || typeflag === '4') throw special('a device');
  if (typeflag === '6') throw special('a named pipe');
  throw special('a member of an unusual type');
}
