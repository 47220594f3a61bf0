import type { PlainValue } from '@muniment/domain';
import { inNextBytes, major, shortText, simple } from './cbor-forms.js';
import { assertDepth } from './plain-value.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one plain value in core deterministic encoding, or throws TypeError for everything that the writer beside it would not have written byte for byte. Each
 * rule is judged where it is read, so no value has to be encoded again to prove it: the relay, replay and every check of the log decode all payloads.
 */
export function readCbor(bytes: Uint8Array): PlainValue {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.assertEnd();
  return value;
}

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): PlainValue {
    assertDepth(depth);
    const first = this.byte();
    const info = first & 0x1f;
    switch (first >> 5) {
      case major.unsigned:
        return safe(this.argument(info));
      case major.negative:
        return safe(-1 - this.argument(info));
      case major.text:
        return this.text(this.argument(info));
      case major.list:
        return this.list(this.argument(info), depth);
      case major.map:
        return this.map(this.argument(info), depth);
      case major.simple:
        return simpleValue(info);
      default:
        throw new TypeError('Only text, integers, booleans, null, lists and maps are plain');
    }
  }

  assertEnd(): void {
    if (this.at !== this.bytes.length) throw new TypeError('More bytes follow the value');
  }

  /** No entry is shorter than a byte, so a length beyond the bytes there are is found out before much is read. */
  private list(length: number, depth: number): PlainValue[] {
    const list: PlainValue[] = [];
    for (let n = 0; n < length; n++) list.push(this.value(depth + 1));
    return list;
  }

  private map(length: number, depth: number): PlainValue {
    const map: Record<string, PlainValue> = {};
    let [from, to] = [0, 0];
    for (let n = 0; n < length; n++) {
      const at = this.at;
      const first = this.byte();
      if (first >> 5 !== major.text) throw new TypeError('Map keys must be text');
      const key = this.text(this.argument(first & 0x1f));
      // Of encoded keys: the length stands first, so this is the order of section 4.2.1, and it has no place for the same key twice.
      if (n > 0 && this.bytes.compare(this.bytes, from, to, at, this.at) <= 0) throw new TypeError('Map keys are not in order');
      [from, to] = [at, this.at];
      const entry = this.value(depth + 1);
      if (key === '__proto__') Object.defineProperty(map, key, { value: entry, writable: true, enumerable: true, configurable: true });
      else map[key] = entry;
    }
    return map;
  }

  private text(length: number): string {
    const from = this.at;
    const to = from + length;
    if (to > this.bytes.length) throw new TypeError('The bytes end within a value');
    this.at = to;
    if (length <= shortText) {
      let ascii = true;
      for (let i = from; ascii && i < to; i++) ascii = (this.bytes[i] ?? 0xff) < 0x80;
      if (ascii) return this.bytes.toString('latin1', from, to);
    }
    return utf8.decode(this.bytes.subarray(from, to));
  }

  /** In its shortest form; beyond the safe integers it comes out as something that no rule here accepts. */
  private argument(info: number): number {
    switch (info) {
      case inNextBytes.one:
        return atLeast(inNextBytes.one, this.byte());
      case inNextBytes.two:
        return atLeast(0x100, this.bytes.readUInt16BE(this.ahead(2)));
      case inNextBytes.four:
        return atLeast(0x1_0000, this.bytes.readUInt32BE(this.ahead(4)));
      case inNextBytes.eight:
        return atLeast(0x1_0000_0000, Number(this.bytes.readBigUInt64BE(this.ahead(8))));
      default:
        if (info > inNextBytes.eight) throw new TypeError('Indefinite lengths are not canonical');
        return info;
    }
  }

  private byte(): number {
    return this.bytes.readUInt8(this.ahead(1));
  }

  /** Where so many bytes begin, which are read with that. */
  private ahead(length: number): number {
    const from = this.at;
    if (from + length > this.bytes.length) throw new TypeError('The bytes end within a value');
    this.at += length;
    return from;
  }
}

function simpleValue(info: number): boolean | null {
  if (info === simple.null) return null;
  if (info === simple.true || info === simple.false) return info === simple.true;
  throw new TypeError('Floats, undefined and other simple values are not plain');
}

function atLeast(least: number, argument: number): number {
  if (argument < least) throw new TypeError('An argument is not in its shortest form');
  return argument;
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new TypeError('An integer is beyond the safe ones');
  return value;
}
