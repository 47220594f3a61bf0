import { Refusal, type InspectionLimits } from '@muniment/domain';
import type { ByteSource } from './byte-source.js';
import { corrupt } from './corrupt.js';
import { MemberCensus } from './member-census.js';
import { readMemberPath, type MemberPath } from './member-path.js';

/** One entry of the central directory, checked. Sizes and CRC are what the archive claims. */
export interface ZipEntry {
  readonly path: string;
  readonly directory: boolean;
  readonly rawName: Uint8Array;
  readonly flags: number;
  /** 0 stored, 8 deflated; others are refused. */
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Where the central directory starts: no entry may reach it. */
  readonly offset: number;
}

/** Record sizes and signatures of APPNOTE.TXT sections 4.3.12 and 4.3.16. */
const endSize = 22;
const endSignature = 0x06054b50;
const entrySize = 46;
const entrySignature = 0x02014b50;
const maxComment = 0xffff;
/** Larger than the largest possible entry, so one window always holds a whole one. */
const windowSize = 256 * 1024;

export function special(what: string): Refusal {
  return new Refusal('archive_special_member', `The archive contains ${what}. Pack only plain files and directories.`);
}

function zip64(): Refusal {
  return new Refusal('archive_too_large', 'The archive uses zip64, the form for archives beyond 4 GiB, which is not accepted.');
}

/** Reads the central directory, the only authority on what a zip holds. Refuses (`archive_*`) everything two readers could understand differently. */
export function readZipDirectory(source: ByteSource, limits: InspectionLimits): ZipDirectory {
  const end = findEnd(source);
  const count = end.record.readUInt16LE(10);
  const size = end.record.readUInt32LE(12);
  const offset = end.record.readUInt32LE(16);
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) throw zip64();
  if (end.record.readUInt32LE(4) !== 0 || end.record.readUInt16LE(8) !== count) throw corrupt('the zip is one part of a split archive');
  if (offset + size !== end.offset) throw corrupt('the zip directory is not where its end record says');
  const census = new MemberCensus(limits);
  const entries: ZipEntry[] = [];
  let at = offset;
  let window: { readonly start: number; readonly bytes: Buffer } = { start: at, bytes: Buffer.alloc(0) };
  for (let i = 0; i < count; i++) {
    if (at + entrySize > window.start + window.bytes.length || i === 0 || at - window.start > windowSize / 4) {
      window = { start: at, bytes: asBuffer(source.read(at, Math.min(windowSize, end.offset - at))) };
    }
    const record = window.bytes.subarray(at - window.start);
    const length = recordLength(record);
    census.header();
    const entry = readEntry(record, limits);
    census.admit(entry, entry.size);
    entries.push(entry);
    at += length;
  }
  if (at !== end.offset) throw corrupt('the zip directory is longer than its entries');
  return { entries, offset };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function findEnd(source: ByteSource): { readonly record: Buffer; readonly offset: number } {
  const length = Math.min(source.size, endSize + maxComment);
  const tail = Buffer.from(source.read(source.size - length, length));
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(endSignature);
  const at = tail.lastIndexOf(signature);
  if (at === -1 || at + endSize > tail.length) throw corrupt('the zip has no end record');
  // The comment must reach exactly to the end, else another reader may find another end record.
  if (at + endSize + tail.readUInt16LE(at + 20) !== tail.length) throw corrupt('bytes follow the end record of the zip');
  return { record: tail.subarray(at), offset: source.size - length + at };
}

function recordLength(record: Buffer): number {
  if (record.length < entrySize || record.readUInt32LE(0) !== entrySignature) throw corrupt('a zip directory entry is damaged');
  const length = entrySize + record.readUInt16LE(28) + record.readUInt16LE(30) + record.readUInt16LE(32);
  if (length > record.length) throw corrupt('a zip directory entry is cut off');
  return length;
}

function readEntry(record: Buffer, limits: InspectionLimits): ZipEntry {
  const flags = record.readUInt16LE(8);
  const method = record.readUInt16LE(10);
  const compressedSize = record.readUInt32LE(20);
  const size = record.readUInt32LE(24);
  const headerOffset = record.readUInt32LE(42);
  if (compressedSize === 0xffffffff || size === 0xffffffff || headerOffset === 0xffffffff) throw zip64();
  // bit 0 encrypted, 5 patch data, 6 strongly encrypted, 13 masked headers (APPNOTE 4.4.4)
  if (flags & 0b0010_0000_0110_0001) throw special('an encrypted or patched entry');
  if (method !== 0 && method !== 8) throw special(`an entry compressed with method ${method}`);
  if (method === 0 && compressedSize !== size) throw corrupt('a stored zip entry has two sizes');
  const rawName = Uint8Array.from(record.subarray(entrySize, entrySize + record.readUInt16LE(28)));
  const named = readMemberPath(rawName, limits);
  assertMode(record.readUInt32LE(38) >>> 16, named);
  if (named.directory && size > 0) throw corrupt('a directory of the zip has content');
  return { ...named, rawName, flags, method, crc: record.readUInt32LE(16), compressedSize, size, headerOffset };
}

/** The Unix file type, whatever system the entry claims to come from: some readers ignore the claim. */
function assertMode(mode: number, { directory }: MemberPath): void {
  const type = mode & 0o170000;
  if (type === 0 || type === (directory ? 0o040000 : 0o100000)) return;
  if (type === 0o120000) throw new Refusal('archive_link_refused', 'The archive contains a symbolic link. Pack the file itself.');
  throw special('a device, pipe or other special file');
}
