/**
 * A segment is a file that many small staged files share, so that they share its syncs (ADR 0014, 0020). All numbers are little-endian:
 *
 *     0     magic
 *     56    how many files it holds (u32), once it is sealed
 *     63    its state (u8): open 0, closed 1, sealed 2
 *     64    for each of its files a byte, 1 when it was discarded
 *     1024  the files one behind the other, each a record: "file", length (u32), bytes
 *
 * A state only ever grows. A closed segment takes no more files, but nobody has counted those it has.
 */
export const segmentMagic = Buffer.from('muniment segment 2\n');
export const headerBytes = 1024;
export const mostFiles = 512;
/** A segment takes no more files once it is this long; the files that came with the last one may carry it further. In bytes. */
export const fullBytes = 8 * 1024 * 1024;
/** What stands before the bytes of a file. */
export const prefixBytes = 8;

const countAt = 56;
const stateAt = 63;
const discardedAt = 64;
const recordMark = Buffer.from('file');
const states = ['open', 'closed', 'sealed'] as const;

/** Bytes and where in the file they belong. */
export interface Patch {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What a header says. */
export interface SegmentHeader {
  readonly state: (typeof states)[number];
  /** Meaningless unless sealed. */
  readonly files: number;
  readonly discarded: (file: number) => boolean;
}

/** The header of a segment without files. */
export function emptyHeader(): Buffer {
  const header = Buffer.alloc(headerBytes);
  segmentMagic.copy(header);
  return header;
}

/** The bytes of files as they follow one another in a segment. */
export function records(files: readonly Uint8Array[]): Buffer {
  return Buffer.concat(files.flatMap((bytes) => [prefix(bytes.length), bytes]));
}

/** How far the record of a file reaches, in bytes. */
export function recordBytes(length: number): number {
  return prefixBytes + length;
}

/** The length of the file whose record begins with these bytes; null where no record begins. */
export function lengthIn(start: Buffer): number | null {
  return start.length >= prefixBytes && start.subarray(0, 4).equals(recordMark) ? start.readUInt32LE(4) : null;
}

export function closed(): Patch {
  return { at: stateAt, bytes: Buffer.of(states.indexOf('closed')) };
}

export function sealed(files: number): Patch {
  const bytes = Buffer.alloc(stateAt - countAt + 1);
  bytes.writeUInt32LE(files);
  bytes[stateAt - countAt] = states.indexOf('sealed');
  return { at: countAt, bytes };
}

/** Throws for a file that no segment can hold: what lies there is somebody's bytes. */
export function discarded(file: number): Patch {
  if (file >= mostFiles) throw new Error(`A segment holds ${mostFiles} files: ${file} is none of them`);
  return { at: discardedAt + file, bytes: Buffer.of(1) };
}

/**
 * Reads the beginning of a file. `unbegun`: its writer was killed before the header stood, so it never took a file. `foreign`: something that is no segment, or
 * no longer.
 */
export function readHeader(header: Buffer): SegmentHeader | 'unbegun' | 'foreign' {
  if (header.length < headerBytes || header[0] === 0) return 'unbegun';
  const state = states[header[stateAt] ?? states.length];
  const files = header.readUInt32LE(countAt);
  if (!header.subarray(0, segmentMagic.length).equals(segmentMagic) || state === undefined || files > mostFiles) return 'foreign';
  return { state, files, discarded: (file) => header[discardedAt + file] === 1 };
}

function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(prefixBytes);
  recordMark.copy(bytes);
  bytes.writeUInt32LE(length, recordMark.length);
  return bytes;
}
