import { decode } from 'cbor2';
import { Refusal, type PlainValue } from '@muniment/domain';
import { writeCbor } from './cbor-writer.js';
import { maxPlainDepth } from './plain-value.js';

/**
 * Core deterministic encoding (RFC 8949 section 4.2.1): shortest integers, definite lengths, map keys sorted by their encoded bytes.
 * Throws TypeError for anything but text, safe integers, booleans, null, lists and text-keyed maps, so equal values have equal bytes.
 */
export function encodeCbor(value: unknown): Uint8Array {
  return writeCbor(value);
}

/**
 * Reads exactly one canonically encoded plain value. Refuses (`manifest_not_canonical`) everything {@link encodeCbor} would not have
 * written byte for byte: long or indefinite forms, unsorted or duplicate keys, floats, tags, byte strings, trailing bytes.
 */
export function decodeCbor(bytes: Uint8Array): PlainValue {
  let value: unknown;
  try {
    value = decode(bytes, {
      cde: true,
      rejectFloats: true,
      rejectUndefined: true,
      rejectSimple: true,
      rejectBigInts: true,
      rejectDuplicateKeys: true,
      rejectStreaming: true,
      ignoreGlobalTags: true,
      maxDepth: maxPlainDepth + 1,
    });
    // The one proof of canonical form that needs no trust in a decoder's options.
    if (Buffer.compare(encodeCbor(value), bytes) !== 0) throw new TypeError('Bytes differ from the canonical encoding of their value');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal('manifest_not_canonical', `Not canonical CBOR (RFC 8949 section 4.2.1): ${why}.`);
  }
  return asPlain(value);
}

/** {@link encodeCbor} has already proved the shape; this rebuilds it with the type, so that no cast is needed. */
function asPlain(value: unknown): PlainValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(asPlain);
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is not a plain value`);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asPlain(entry)]));
}
