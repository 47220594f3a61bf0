import { Refusal } from '@muniment/domain';
import type { ByteSource } from './byte-source.js';
import { corrupt } from './corrupt.js';
import { asBuffer, type ZipDirectory, type ZipEntry } from './zip-directory.js';

/** An entry whose data has been located. */
export interface LocatedEntry extends ZipEntry {
  readonly dataOffset: number;
}

/** Local file header of APPNOTE.TXT section 4.3.7. */
const headerSize = 30;
const headerSignature = 0x04034b50;

/**
 * Reads every local header and compares it with the directory (`archive_corrupt` when they disagree), then proves that no two entries
 * share bytes (`archive_overlap`): the trick of bombs that quote one compressed kernel many times.
 */
export function locateEntries(source: ByteSource, directory: ZipDirectory): readonly LocatedEntry[] {
  const located = directory.entries.map((entry) => locate(source, entry, directory.offset));
  let reached = 0;
  for (const entry of [...located].sort((a, b) => a.headerOffset - b.headerOffset)) {
    if (entry.headerOffset < reached) {
      throw new Refusal('archive_overlap', `The entry "${entry.path}" of the zip shares bytes with another one.`, { member: entry.path });
    }
    reached = entry.dataOffset + entry.compressedSize;
  }
  return located;
}

function locate(source: ByteSource, entry: ZipEntry, directoryOffset: number): LocatedEntry {
  const nameLength = entry.rawName.length;
  const { headerOffset } = entry;
  if (headerOffset + headerSize + nameLength > directoryOffset) throw corrupt('a zip entry lies outside the archive');
  const header = asBuffer(source.read(headerOffset, headerSize + nameLength));
  const agrees =
    header.readUInt32LE(0) === headerSignature &&
    header.readUInt16LE(6) === entry.flags &&
    header.readUInt16LE(8) === entry.method &&
    header.readUInt16LE(26) === nameLength &&
    header.subarray(headerSize).equals(entry.rawName) &&
    sizesAgree(header, entry);
  if (!agrees) throw corrupt(`the zip directory and the local header of "${entry.path}" disagree`);
  const dataOffset = headerOffset + headerSize + nameLength + header.readUInt16LE(28);
  if (dataOffset + entry.compressedSize > directoryOffset) throw corrupt(`the zip entry "${entry.path}" is longer than the archive`);
  return { ...entry, dataOffset };
}

/** Writers that stream set bit 3 and leave zeros here; the values then follow the data. */
function sizesAgree(header: Buffer, entry: ZipEntry): boolean {
  const local = [header.readUInt32LE(14), header.readUInt32LE(18), header.readUInt32LE(22)] as const;
  const streamed = (entry.flags & 0b1000) !== 0 && local.every((value) => value === 0);
  return streamed || (local[0] === entry.crc && local[1] === entry.compressedSize && local[2] === entry.size);
}
