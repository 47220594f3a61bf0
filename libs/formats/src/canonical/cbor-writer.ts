import { inNextBytes, major, shortText, simple } from './cbor-forms.js';
import { assertDepth, assertInteger, assertPlainObject, assertText } from './plain-value.js';

const initialBytes = 16 * 1024;
/** A buffer that one large value made grow is not kept for the small ones. */
const keptBytes = 1024 * 1024;

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

function write(value: unknown, at: number, depth: number): number {
  assertDepth(depth);
  switch (typeof value) {
    case 'string':
      return writeText(value, at);
    case 'number':
      assertInteger(value);
      return value < 0 ? writeHead(major.negative, -1 - value, at) : writeHead(major.unsigned, value, at);
    case 'boolean':
      return writeSimple(value ? simple.true : simple.false, at);
    case 'object':
      if (value === null) return writeSimple(simple.null, at);
      return Array.isArray(value) ? writeList(value, at, depth) : writeMap(value, at, depth);
    default:
      throw new TypeError(`A ${typeof value} has no canonical form`);
  }
}

function writeSimple(value: number, at: number): number {
  reserve(at, 1);
  scratch[at] = (major.simple << 5) | value;
  return at + 1;
}

/** Type and argument in the shortest form that holds it. */
function writeHead(type: number, argument: number, at: number): number {
  reserve(at, 9);
  const first = type << 5;
  if (argument < inNextBytes.one) return scratch.writeUInt8(first | argument, at);
  if (argument <= 0xff) return scratch.writeUInt8(argument, scratch.writeUInt8(first | inNextBytes.one, at));
  if (argument <= 0xffff) return scratch.writeUInt16BE(argument, scratch.writeUInt8(first | inNextBytes.two, at));
  if (argument <= 0xffff_ffff) return scratch.writeUInt32BE(argument, scratch.writeUInt8(first | inNextBytes.four, at));
  return scratch.writeBigUInt64BE(BigInt(argument), scratch.writeUInt8(first | inNextBytes.eight, at));
}

function writeText(text: string, at: number): number {
  const length = text.length;
  if (length <= shortText) {
    // Nearly all of it is ASCII, which is found out on the way.
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
