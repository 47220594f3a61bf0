import { corrupt } from './corrupt.js';

/** Bytes of a header, and the unit every tar entry is padded to (POSIX pax, ustar interchange format). */
export const blockSize = 512;

export interface TarHeader {
  readonly name: Uint8Array;
  readonly size: number;
  readonly typeflag: string;
}

/** Offsets of the ustar header block. */
const field = { size: [124, 12], checksum: [148, 8], typeflag: 156, magic: [257, 8], prefix: [345, 155] } as const;

/** Reads one header block. Refuses (`archive_corrupt`) a wrong checksum or number. */
export function parseTarHeader(block: Uint8Array): TarHeader {
  let sum = 0;
  for (const byte of block) sum += byte;
  const [at, length] = field.checksum;
  for (let i = at; i < at + length; i++) sum += 0x20 - (block[i] ?? 0);
  if (readNumber(block.subarray(at, at + length)) !== sum) throw corrupt('a tar header has a wrong checksum');
  const size = readNumber(block.subarray(field.size[0], field.size[0] + field.size[1]));
  return { name: readName(block), size, typeflag: String.fromCharCode(block[field.typeflag] ?? 0) };
}

/** Only the POSIX magic gives the prefix field a meaning; GNU tar keeps times there. */
function readName(block: Uint8Array): Uint8Array {
  const name = untilNul(block.subarray(0, 100));
  const magic = Buffer.from(block.subarray(field.magic[0], field.magic[0] + 6)).toString('latin1');
  if (magic !== 'ustar\0') return name;
  const prefix = untilNul(block.subarray(field.prefix[0], field.prefix[0] + field.prefix[1]));
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** Copies, because the block's buffer is reused. */
export function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return Uint8Array.from(end === -1 ? bytes : bytes.subarray(0, end));
}

/** Octal text, or the big-endian binary form that GNU tar marks with the top bit. */
function readNumber(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0;
  if (first & 0x80) return readBinary(bytes, first);
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .replace(/^ +/, '');
  if (!/^[0-7]*$/.test(text)) throw corrupt('a tar header has a malformed number');
  return text === '' ? 0 : parseInt(text, 8);
}

function readBinary(bytes: Uint8Array, first: number): number {
  let value = first & 0x7f;
  for (const byte of bytes.subarray(1)) {
    value = value * 256 + byte;
    if (value > Number.MAX_SAFE_INTEGER) throw corrupt('a tar header has a number beyond 2^53');
  }
  return value;
}
