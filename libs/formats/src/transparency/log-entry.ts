import { hash } from 'node:crypto';
import { encodeCbor } from '../canonical/cbor.js';

/** Longest entry an entry bundle can hold: its length is told in two bytes (C2SP tlog-tiles). */
export const maxEntryBytes = 65_535;
/** A longer reason stands in the entry by its digest. No reason given over HTTP is that long (10,000 characters). */
const maxReasonBytes = 32_768;

/** A sequenced event, without its payload: what the log's tree commits to. */
export interface LoggedEvent {
  /** From 1; the leaf's index is one less. */
  readonly sequence: bigint;
  readonly type: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  readonly actor: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly revision: number;
  readonly reason: string | null;
  /** Bare SHA-256 hex of the payload's canonical CBOR. */
  readonly payloadDigest: string;
}

/**
 * The leaf of an event (docs/formats/log.md): canonical CBOR, the same bytes for ever. Holds no payload, only its digest. Throws RangeError when the
 * entry would be longer than a bundle can hold, which no event that an edge let in can be.
 */
export function logEntry({ sequence, type, time, actor, subject, revision, reason, payloadDigest }: LoggedEvent): Uint8Array {
  const long = reason !== null && Buffer.byteLength(reason) > maxReasonBytes;
  const entry = encodeCbor({
    entry_version: 1,
    sequence: safe(sequence),
    type,
    time,
    actor,
    subject_kind: subject.kind,
    subject_id: subject.id,
    revision,
    reason: long ? null : reason,
    ...(long ? { reason_digest: `sha256:${hash('sha256', reason)}` } : {}),
    payload_digest: `sha256:${payloadDigest}`,
  });
  if (entry.length > maxEntryBytes) throw new RangeError(`the entry of event ${sequence} has ${entry.length} bytes`);
  return entry;
}

/** Entries as one bundle (C2SP tlog-tiles): each behind its length in two bytes, most significant first. */
export function entryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]));
}

function safe(sequence: bigint): number {
  const number = Number(sequence);
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`${sequence} is no sequence of an event`);
  return number;
}
