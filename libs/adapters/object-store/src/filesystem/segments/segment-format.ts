/**
 * A segment is a file that many small staged files share, so that they share its syncs (ADR 0014):
 *
 *     0     magic, and behind it whether the segment is sealed (1) or may still grow (0)
 *     64    table: for each slot offset (u32), length (u32), state (u32), little-endian
 *     8192  the bytes of the files, one behind the other
 *
 * Slots are given in order. A slot's state only ever grows: unused, live, discarded.
 */
export const segmentMagic = Buffer.from('muniment segment 1\n');
export const sealedAt = 63;
export const slots = 512;
export const headerBytes = 8192;
/** A segment takes no more files once it is this long; the files that came with the last one may carry it further. In bytes. */
export const fullBytes = 8 * 1024 * 1024;

const tableAt = 64;
const entryBytes = 12;
const stateAt = 8;

/** What a slot says of its file. Offset and length in bytes. */
export interface SlotEntry {
  readonly offset: number;
  readonly length: number;
  readonly state: 'unused' | 'live' | 'discarded';
}

const states = ['unused', 'live', 'discarded'] as const;

/** The header of a segment without files. */
export function emptyHeader(): Buffer {
  const header = Buffer.alloc(headerBytes);
  segmentMagic.copy(header);
  return header;
}

/** Where a slot's entry lies in the file, and its length. */
export function entryRange(slot: number): { readonly at: number; readonly length: number } {
  return { at: tableAt + slot * entryBytes, length: entryBytes };
}

/** Where the word lies that makes a slot discarded, and that word. */
export function discardMark(slot: number): { readonly at: number; readonly bytes: Buffer } {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(states.indexOf('discarded'));
  return { at: entryRange(slot).at + stateAt, bytes };
}

/** Entries of files that follow one another from `offset` on, all live. */
export function liveEntries(offset: number, lengths: readonly number[]): Buffer {
  const entries = Buffer.alloc(lengths.length * entryBytes);
  let at = offset;
  for (const [n, length] of lengths.entries()) {
    entries.writeUInt32LE(at, n * entryBytes);
    entries.writeUInt32LE(length, n * entryBytes + 4);
    entries.writeUInt32LE(states.indexOf('live'), n * entryBytes + stateAt);
    at += length;
  }
  return entries;
}

/** One entry out of its bytes. Throws for a state that no version of this format knows. */
export function readEntry(bytes: Buffer, at = 0): SlotEntry {
  const state = states[bytes.readUInt32LE(at + stateAt)];
  if (state === undefined) throw new Error('A slot of a segment has an unknown state');
  return { offset: bytes.readUInt32LE(at), length: bytes.readUInt32LE(at + 4), state };
}

/** What a header says: whether the segment is sealed, and its slots that hold live files. */
export interface SegmentHeader {
  readonly sealed: boolean;
  readonly live: readonly number[];
}

/**
 * Reads the beginning of a file. `unbegun`: its writer was killed before the header stood, so it never took a file. `foreign`: something that is no segment, or
 * no longer.
 */
export function readHeader(header: Buffer): SegmentHeader | 'unbegun' | 'foreign' {
  if (header.length < headerBytes || header[0] === 0) return 'unbegun';
  if (!header.subarray(0, segmentMagic.length).equals(segmentMagic)) return 'foreign';
  const live: number[] = [];
  for (let slot = 0; slot < slots; slot++) {
    const { state } = readEntry(header, entryRange(slot).at);
    if (state === 'unused') break;
    if (state === 'live') live.push(slot);
  }
  return { sealed: header[sealedAt] === 1, live };
}
