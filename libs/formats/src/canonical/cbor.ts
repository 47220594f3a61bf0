import { Refusal, type PlainValue } from '@muniment/domain';
import { readCbor } from './cbor-reader.js';
import { writeCbor } from './cbor-writer.js';

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
  try {
    return readCbor(bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal('manifest_not_canonical', `Not canonical CBOR (RFC 8949 section 4.2.1): ${why}.`);
  }
}
