import { parseBlake3, parseSha256, Refusal, type MetaDeclaration } from '@muniment/domain';
import type { MetaRecord } from './meta-record.js';

/**
 * What a record declares about the file it stands beside (ING-17, ING-18). A key that is absent declares nothing; a key whose value
 * cannot be what it says (digest, size, empty name) refuses the record (`meta_malformed`).
 */
export function declarationOf(record: MetaRecord): MetaDeclaration {
  return {
    name: declared(record, 'name', (value) => (value === '' ? null : value)),
    sha256: declared(record, 'sha256', digest(parseSha256)),
    blake3: declared(record, 'blake3', digest(parseBlake3)),
    size: declared(record, 'size', (value) => (/^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : null)),
    wheels: declared(record, 'wheels', wheelList),
  };
}

/** `read` answers null for a value that is not one. */
function declared<T>(record: MetaRecord, key: string, read: (value: string) => T | null): T | null {
  const text = record.entries.get(key);
  if (text === undefined) return null;
  const value = read(text.trim());
  if (value === null) throw new Refusal('meta_malformed', `The value of "${key}" in the .meta record is malformed.`, { key });
  return value;
}

function digest<T>(parse: (text: string) => T): (text: string) => T | null {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  };
}

/** Comma-separated file names; the empty value is the empty list. */
function wheelList(value: string): readonly string[] | null {
  if (value === '') return [];
  const names = value.split(',').map((name) => name.trim());
  return names.includes('') ? null : names;
}
