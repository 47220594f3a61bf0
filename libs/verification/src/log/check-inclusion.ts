import {
  decodeCbor,
  leafHash,
  NoteError,
  openNote,
  parseCheckpoint,
  parseTlogProof,
  rootFromInclusion,
  type Checkpoint,
} from '@muniment/formats';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import { checkWitnesses } from './check-witnesses.js';
import { readNote } from './read-note.js';

/** A checkpoint whose signature was checked. */
export interface BelievedCheckpoint extends Checkpoint {
  readonly restsOn: string;
}

/** An event as its leaf in the log names it. */
export interface LoggedEntry {
  readonly sequence: number;
  readonly type: string;
  readonly time: string;
  readonly subjectId: string;
  /** `sha256:<hex>` of the payload's canonical CBOR. */
  readonly payloadDigest: string;
}

/** Opens the note with the keys that are believed and reads it. Records `log.checkpoint`. */
export function checkCheckpoint(subject: string, note: string, trust: Trust, list: CheckList): BelievedCheckpoint | null {
  const keys = trust.logKeys();
  const usable = keys.filter(({ compromisedAt }) => compromisedAt === null);
  const fail = (why: string): null => {
    list.holds('log.checkpoint', subject, false, why, usable[0]?.restsOn ?? 'the log keys that are believed');
    return null;
  };
  if (usable.length === 0)
    return fail(keys.length === 0 ? 'no log key is known' : 'the log key is compromised, and a checkpoint does not prove its time');
  try {
    const { text, signedBy } = openNote(note, usable);
    const checkpoint = parseCheckpoint(text);
    const key = usable.find(({ name }) => signedBy.includes(name));
    if (key?.name !== checkpoint.origin) return fail(`it is of the log "${checkpoint.origin}", signed in the name of "${key?.name ?? ''}"`);
    list.holds('log.checkpoint', subject, true, `${checkpoint.origin}, ${checkpoint.size} entries`, key.restsOn);
    return { ...checkpoint, restsOn: key.restsOn };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return fail(error.message);
  }
}

/**
 * Whether the entry that a `.tlog-proof` holds is in the tree of its checkpoint. Records `log.checkpoint` and `log.inclusion`; answers entry and
 * checkpoint when both hold. Where witnesses are named, the checkpoint has to bear enough of their cosignatures (`log.witnesses`), or it proves nothing.
 */
export function checkInclusion(
  subject: string,
  proofText: string,
  trust: Trust,
  list: CheckList,
): { readonly entry: LoggedEntry; readonly index: number; readonly checkpoint: BelievedCheckpoint; readonly note: string } | null {
  const proof = readNote(() => parseTlogProof(proofText));
  if (typeof proof === 'string') {
    list.holds('log.inclusion', subject, false, proof, 'the file itself');
    return null;
  }
  const checkpoint = checkCheckpoint(subject, proof.checkpoint, trust, list);
  if (checkpoint === null) return null;
  if (trust.witnesses !== null && !checkWitnesses(subject, proof.checkpoint, trust.witnesses, list)) return null;
  const entry = proof.extra === undefined ? null : readEntry(proof.extra);
  const fail = (why: string): null => {
    list.holds('log.inclusion', subject, false, why, checkpoint.restsOn);
    return null;
  };
  if (proof.extra === undefined || entry === null) return fail('the proof does not hold the entry it is about');
  const root = rootFromInclusion(leafHash(proof.extra), proof.index, checkpoint.size, proof.hashes);
  if (root === null) return fail('the proof has not the length that its index asks for');
  if (Buffer.compare(root, checkpoint.root) !== 0) return fail('the entry and the proof lead to another root than the signed one');
  if (entry.sequence !== proof.index + 1) return fail(`entry ${entry.sequence} stands at index ${proof.index}`);
  list.holds('log.inclusion', subject, true, `event ${entry.sequence} (${entry.type}) of ${checkpoint.size}`, checkpoint.restsOn);
  return { entry, index: proof.index, checkpoint, note: proof.checkpoint };
}

/** Null for bytes that are no entry of version 1. */
function readEntry(bytes: Uint8Array): LoggedEntry | null {
  try {
    const entry = decodeCbor(bytes);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry) || entry instanceof Uint8Array) return null;
    const { entry_version, sequence, type, time, subject_id, payload_digest } = entry as Readonly<Record<string, unknown>>;
    if (entry_version !== 1 || typeof type !== 'string' || typeof time !== 'string') return null;
    if (typeof subject_id !== 'string' || typeof payload_digest !== 'string') return null;
    const number = Number(sequence);
    return Number.isSafeInteger(number) ? { sequence: number, type, time, subjectId: subject_id, payloadDigest: payload_digest } : null;
  } catch {
    return null; // no canonical CBOR
  }
}
