import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a hand-made zip; every field can be made to lie. */
export interface ZipWrite {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  /** 0 stored, 8 deflated (default). */
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode of the external attributes; default a regular file. */
  readonly mode?: number;
  /** Compressed bytes as they stand in the archive, when not simply the deflated content. */
  readonly raw?: Buffer;
  /** Size and CRC to declare instead of the true ones. */
  readonly size?: number;
  readonly crc?: number;
  /** Name to put into the local header instead. */
  readonly localName?: string;
  /** Offset to declare in the directory instead of the true one. */
  readonly offset?: number;
}

interface Prepared {
  readonly name: Buffer;
  readonly raw: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly size: number;
  readonly crc: number;
}

const utf8Flag = 0x0800;

export function prepare(entry: ZipWrite): Prepared {
  const content = Buffer.from(entry.content ?? '');
  const method = entry.method ?? 8;
  return {
    name: Buffer.from(entry.name),
    raw: entry.raw ?? (method === 8 ? deflateRawSync(content) : content),
    flags: entry.flags ?? utf8Flag,
    method,
    size: entry.size ?? content.length,
    crc: entry.crc ?? crc32(content),
  };
}

/** Local file header (APPNOTE 4.3.7). */
export function localHeader(p: Prepared, compressedSize = p.raw.length, name = p.name): Buffer {
  const h = Buffer.alloc(30);
  h.writeUInt32LE(0x04034b50, 0);
  h.writeUInt16LE(20, 4);
  h.writeUInt16LE(p.flags, 6);
  h.writeUInt16LE(p.method, 8);
  h.writeUInt32LE(0x58210000, 10); // 2024-01-01 00:00
  h.writeUInt32LE(p.crc, 14);
  h.writeUInt32LE(compressedSize, 18);
  h.writeUInt32LE(p.size, 22);
  h.writeUInt16LE(name.length, 26);
  return Buffer.concat([h, name]);
}

/** Central directory entry (APPNOTE 4.3.12). */
export function directoryEntry(p: Prepared, offset: number, mode = 0o100644, compressedSize = p.raw.length): Buffer {
  const h = Buffer.alloc(46);
  h.writeUInt32LE(0x02014b50, 0);
  h.writeUInt16LE(0x0314, 4);
  h.writeUInt16LE(20, 6);
  h.writeUInt16LE(p.flags, 8);
  h.writeUInt16LE(p.method, 10);
  h.writeUInt32LE(0x58210000, 12);
  h.writeUInt32LE(p.crc, 16);
  h.writeUInt32LE(compressedSize, 20);
  h.writeUInt32LE(p.size, 24);
  h.writeUInt16LE(p.name.length, 28);
  h.writeUInt32LE((mode << 16) >>> 0, 38);
  h.writeUInt32LE(offset, 42);
  return Buffer.concat([h, p.name]);
}

/** End of central directory record (APPNOTE 4.3.16). */
export function endRecord(count: number, size: number, offset: number, comment = ''): Buffer {
  const h = Buffer.alloc(22);
  h.writeUInt32LE(0x06054b50, 0);
  h.writeUInt16LE(count, 8);
  h.writeUInt16LE(count, 10);
  h.writeUInt32LE(size, 12);
  h.writeUInt32LE(offset, 16);
  h.writeUInt16LE(comment.length, 20);
  return Buffer.concat([h, Buffer.from(comment, 'latin1')]);
}

/** A complete zip of these entries, the same bytes for the same entries. */
export function zip(...entries: readonly ZipWrite[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const p = prepare(entry);
    const local = localHeader(p, p.raw.length, entry.localName === undefined ? p.name : Buffer.from(entry.localName));
    directory.push(directoryEntry(p, entry.offset ?? at, entry.mode));
    body.push(local, p.raw);
    at += local.length + p.raw.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...body, central, endRecord(entries.length, central.length, at)]);
}

/**
 * A bomb that quotes: each entry's data is a stored deflate block holding the next entry's local header, followed by the next entry's data
 * itself, so that all entries share one compressed kernel.
 */
export function quotedOverlapZip(count: number, kernel: Buffer): Buffer {
  let body: Buffer = Buffer.alloc(0);
  let output = kernel;
  let data: Buffer = deflateRawSync(kernel);
  const prepared: Prepared[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const p = { ...prepare({ name: `f${i}` }), raw: data, size: output.length, crc: crc32(output) };
    prepared.unshift(p);
    const header = localHeader(p);
    body = Buffer.concat([header, data]);
    output = Buffer.concat([header, output]);
    const length = Buffer.alloc(5);
    length.writeUInt16LE(header.length, 1);
    length.writeUInt16LE(header.length ^ 0xffff, 3);
    data = Buffer.concat([length, header, data]);
  }
  return overlapDirectory(prepared, body);
}

function overlapDirectory(prepared: readonly Prepared[], body: Buffer): Buffer {
  // entry i starts where its header is quoted: five bytes of block header after the header before it
  let at = 0;
  const directory = prepared.map((p) => {
    const entry = directoryEntry(p, at);
    at += 30 + p.name.length + 5;
    return entry;
  });
  const central = Buffer.concat(directory);
  return Buffer.concat([body, central, endRecord(prepared.length, central.length, body.length)]);
}
