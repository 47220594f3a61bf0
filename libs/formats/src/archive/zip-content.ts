import { once } from 'node:events';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { Refusal } from '@muniment/domain';
import type { ByteSource } from './byte-source.js';
import { corrupt } from './corrupt.js';
import type { OutputBudget } from './output-budget.js';
import type { LocatedEntry } from './zip-entries.js';

const mib = 1024 * 1024;

/** The bytes of one small entry, at most `maxBytes` (`archive_member_too_large`). Refuses (`archive_corrupt`) content that differs from its size or CRC. */
export function readZipEntry(source: ByteSource, entry: LocatedEntry, maxBytes: number): Uint8Array {
  if (entry.size > maxBytes || entry.compressedSize > maxBytes + 1024) {
    throw new Refusal('archive_member_too_large', `The entry "${entry.path}" is larger than ${maxBytes} bytes.`, { member: entry.path });
  }
  const raw = source.read(entry.dataOffset, entry.compressedSize);
  const content = entry.method === 0 ? Uint8Array.from(raw) : inflateWhole(raw, entry);
  if (content.length !== entry.size || crc32(content) !== entry.crc) throw differs(entry);
  return content;
}

function inflateWhole(raw: Uint8Array, entry: LocatedEntry): Uint8Array {
  let inflated: unknown;
  try {
    inflated = inflateRawSync(raw, { maxOutputLength: Math.max(entry.size, 1), info: true });
  } catch {
    // longer than its declared size, or no deflate data at all; nothing else can go wrong with bytes in memory
    throw differs(entry);
  }
  if (!isInflated(inflated)) throw new TypeError('zlib gave no account of the bytes it consumed');
  if (inflated.engine.bytesWritten !== raw.length) throw differs(entry);
  return inflated.buffer;
}

/** What zlib's `info` option returns; the type declarations do not know it. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function isInflated(value: unknown): value is Inflated {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

/** Reads one entry to its end without keeping it, counting its output against `budget` while inflating. Refuses like {@link readZipEntry}. */
export async function verifyZipEntry(source: ByteSource, entry: LocatedEntry, budget: OutputBudget): Promise<void> {
  if (entry.size <= mib && entry.compressedSize <= mib) {
    readZipEntry(source, entry, mib);
    budget.produced(entry.size);
    return;
  }
  const check = new ContentCheck(entry, budget);
  if (entry.method === 0) for (const piece of pieces(source, entry)) check.take(piece);
  else await inflateThrough(source, entry, check);
  check.finish();
}

function* pieces(source: ByteSource, entry: LocatedEntry): Generator<Uint8Array, void, void> {
  for (let at = 0; at < entry.compressedSize; at += mib) {
    yield source.read(entry.dataOffset + at, Math.min(mib, entry.compressedSize - at));
  }
}

async function inflateThrough(source: ByteSource, entry: LocatedEntry, check: ContentCheck): Promise<void> {
  const decoder = createInflateRaw({ chunkSize: mib });
  let fault: unknown;
  decoder.on('error', (error) => (fault ??= error));
  decoder.on('data', (piece: Buffer) => {
    try {
      check.take(piece);
    } catch (error) {
      fault ??= error;
      decoder.destroy();
    }
  });
  const closed = once(decoder, 'close').catch(() => undefined);
  for (const piece of pieces(source, entry)) {
    // The source reuses its buffer, so each piece must be inflated before the next is read.
    await Promise.race([new Promise((done) => decoder.write(piece, done)), closed]);
    if (decoder.destroyed || decoder.readableEnded) break;
  }
  if (!decoder.destroyed) decoder.end();
  await closed;
  if (fault instanceof Refusal) throw fault;
  if (fault !== undefined || decoder.bytesWritten !== entry.compressedSize) throw differs(entry);
}

/** Adds up one entry's output, never beyond what it declared. */
class ContentCheck {
  #size = 0;
  #crc = 0;

  constructor(
    readonly entry: LocatedEntry,
    readonly budget: OutputBudget,
  ) {}

  take(piece: Uint8Array): void {
    this.budget.produced(piece.length);
    this.#size += piece.length;
    if (this.#size > this.entry.size) throw differs(this.entry);
    this.#crc = crc32(piece, this.#crc);
  }

  finish(): void {
    if (this.#size !== this.entry.size || this.#crc !== this.entry.crc) throw differs(this.entry);
  }
}

function differs(entry: LocatedEntry): Refusal {
  return corrupt(`the content of the zip entry "${entry.path}" differs from its declared size or CRC`);
}
