import { assertDepth, assertInteger, assertPlainObject, assertText } from './plain-value.js';

const initialBytes = 16 * 1024;
/** A buffer that one large value made grow is not kept for the small ones. */
const keptBytes = 1024 * 1024;
const smallLength = 24;

let scratch = Buffer.allocUnsafeSlow(initialBytes);

/**
 * Writes a plain value in core deterministic encoding, or throws TypeError for what {@link assertPlain} refuses. Plain values need five of CBOR's forms; a
 * general encoder pays for all the others on each value (measured: 90 us for a small payload, here 4 us), and every append encodes. For the same reason values
 * are judged while they are written and not in a walk of their own.
 */
export function writeCbor(value: unknown): Uint8Array {
  const end = write(value, 0, 0);
  const bytes = new Uint8Array(scratch.subarray(0, end));
  if (scratch.length > keptBytes) scratch = Buffer.allocUnsafeSlow(initialBytes);
  return bytes;
}

/** Major types of RFC 8949 section 3.1, shifted to where they stand in the first byte. */
const major = { unsigned: 0x00, negative: 0x20, text: 0x60, list: 0x80, map: 0xa0 } as const;
const simple = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;

function write(value: unknown, at: number, depth: number): number {
  assertDepth(depth);
  switch (typeof value) {
    case 'string':
      return writeText(value, at);
    case 'number':
      assertInteger(value);
      return value < 0 ? writeHead(major.negative, -1 - value, at) : writeHead(major.unsigned, value, at);
    case 'boolean':
      return writeByte(value ? simple.true : simple.false, at);
    case 'object':
      if (value === null) return writeByte(simple.null, at);
      return Array.isArray(value) ? writeList(value, at, depth) : writeMap(value, at, depth);
    default:
      throw new TypeError(`A ${typeof value} has no canonical form`);
  }
}

function writeByte(byte: number, at: number): number {
  reserve(at, 1);
  scratch[at] = byte;
  return at + 1;
}

/** Type and argument in the shortest form that holds it. */
function writeHead(type: number, argument: number, at: number): number {
  reserve(at, 9);
  if (argument < smallLength) return scratch.writeUInt8(type | argument, at);
  if (argument <= 0xff) return scratch.writeUInt8(argument, scratch.writeUInt8(type | 24, at));
  if (argument <= 0xffff) return scratch.writeUInt16BE(argument, scratch.writeUInt8(type | 25, at));
  if (argument <= 0xffff_ffff) return scratch.writeUInt32BE(argument, scratch.writeUInt8(type | 26, at));
  return scratch.writeBigUInt64BE(BigInt(argument), scratch.writeUInt8(type | 27, at));
}

function writeText(text: string, at: number): number {
  const length = text.length;
  if (length <= shortText) {
    const start = writeHead(major.text, length, at);
    reserve(start, length);
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      scratch[start + i] = unit;
    }
    if (i === length) return start + length;
  }
  assertText(text);
  const start = writeHead(major.text, Buffer.byteLength(text), at);
  reserve(start, length * 3);
  return start + scratch.write(text, start);
}

/** For short text a loop here is faster than a call into the runtime. Nearly all of it is ASCII, which is found out on the way. */
const shortText = 64;

function writeList(list: readonly unknown[], at: number, depth: number): number {
  let end = writeHead(major.list, list.length, at);
  // by index, so that holes are seen as the undefined they would become
  for (let i = 0; i < list.length; i++) end = write(list[i], end, depth + 1);
  return end;
}

function writeMap(map: object, at: number, depth: number): number {
  assertPlainObject(map);
  const keys = Object.keys(map);
  sort(keys);
  let end = writeHead(major.map, keys.length, at);
  for (const key of keys) end = write(map[key], writeText(key, end), depth + 1);
  return end;
}

/** By insertion while there are few, as in all payloads of ours: a third of the time of the runtime's own sort. */
const fewKeys = 24;

function sort(keys: string[]): void {
  if (keys.length > fewKeys) {
    keys.sort(byEncodedKey);
    return;
  }
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? '';
    let place = i;
    for (; place > 0 && byEncodedKey(keys[place - 1] ?? '', key) > 0; place--) keys[place] = keys[place - 1] ?? '';
    keys[place] = key;
  }
}

/** Order of the encoded keys: the length stands before the text, so shorter ones come first. */
function byEncodedKey(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a.length === b.length ? (a < b ? -1 : 1) : a.length - b.length;
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  // Not by <, which compares UTF-16 units: they order characters beyond U+FFFF before some within.
  return left.length === right.length ? Buffer.compare(left, right) : left.length - right.length;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function reserve(at: number, bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(scratch.length * 2, at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}
