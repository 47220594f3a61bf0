import { defaultInspectionLimits, Refusal } from '@muniment/domain';

/** A `.meta` provenance record: every key with its value as written, in the order of the file. Unknown keys are kept (MET-13). */
export interface MetaRecord {
  readonly entries: ReadonlyMap<string, string>;
}

/** `key=value` (CI) or `key: value` (archive script); the first separator after the key decides, so values may hold both. */
const line = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:=|:(?:[ \t]+|$))(.*)$/s;
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function malformed(why: string, facts: Readonly<Record<string, string | number>> = {}): Refusal {
  return new Refusal('meta_malformed', `The .meta record ${why}. Write one key=value per line, UTF-8.`, facts);
}

/**
 * Reads a record in either syntax, even mixed (trap T2). Blank lines are skipped, LF and CRLF both end a line. Refuses
 * (`meta_malformed`) more than `maxBytes` bytes, invalid UTF-8, control characters, lines without a key, duplicate keys and empty records.
 */
export function parseMeta(bytes: Uint8Array, maxBytes: number = defaultInspectionLimits.maxMetaBytes): MetaRecord {
  if (bytes.byteLength > maxBytes) throw malformed(`is larger than ${maxBytes} bytes`);
  const entries = new Map<string, string>();
  decodeText(bytes)
    .split('\n')
    .forEach((raw, index) => {
      const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (text.trim() === '') return;
      const [, key, value] = line.exec(text) ?? [];
      if (key === undefined || value === undefined) throw malformed(`has no key on line ${index + 1}`, { line: index + 1 });
      if (control.test(value)) throw malformed(`has a control character on line ${index + 1}`, { line: index + 1 });
      if (entries.has(key)) throw malformed(`has the key "${key}" twice`, { key });
      entries.set(key, value);
    });
  if (entries.size === 0) throw malformed('is empty');
  return { entries };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('is not valid UTF-8');
  }
}

/** Keys of a record the archive or the CLI makes, in the order CI writes them. */
const madeOrder = ['name', 'sha256', 'blake3', 'size', 'created_at', 'runner', 'python', 'requirements_hash', 'wheels'];

/** The entries of a made record in their fixed order: the known keys first, then the rest as given. */
export function inMadeOrder(entries: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const place = (key: string): number => (madeOrder.includes(key) ? madeOrder.indexOf(key) : madeOrder.length);
  return [...entries].sort(([a], [b]) => place(a) - place(b));
}

/**
 * Writes `key=value` lines in the given order, LF after each. Refuses (`meta_malformed`) what {@link parseMeta} would not read back the
 * same: line breaks and control characters in values, malformed or duplicate keys, no entries at all.
 */
export function writeMeta(entries: readonly (readonly [string, string])[]): Uint8Array {
  for (const [key, value] of entries) {
    const read = line.exec(`${key}=${value}`);
    if (read?.[1] !== key || control.test(value) || !value.isWellFormed()) throw malformed(`cannot hold the value of "${key}"`, { key });
  }
  if (new Set(entries.map(([key]) => key)).size !== entries.length) throw malformed('has a key twice');
  if (entries.length === 0) throw malformed('is empty');
  return new TextEncoder().encode(entries.map(([key, value]) => `${key}=${value}\n`).join(''));
}
