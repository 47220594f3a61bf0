import { decodeCbor } from '../canonical/cbor.js';
import { parseCheckpoint, type Checkpoint } from './checkpoint.js';
import { parseConsistencyProof } from './consistency-proof.js';
import { leafHash } from './merkle.js';
import { NoteError, openNote, type NoteVerifier } from './note.js';
import { parseTlogProof } from './tlog-proof.js';
import { isConsistent, rootFromInclusion } from './verify-proof.js';

/** What a `.tlog-proof` of ours proves. */
export interface ProvenEntry {
  readonly sequence: number;
  /** The entry, decoded (docs/formats/log.md). */
  readonly entry: unknown;
  readonly checkpoint: Checkpoint;
}

/**
 * Checks a `.tlog-proof` offline: the checkpoint is signed by one of these keys, and the entry leads to its root. The entry comes from the proof itself
 * unless it is given. Throws NoteError, or the refusal of the CBOR reader, when anything is not as it should be.
 */
export function checkLogProof(text: string, keys: readonly NoteVerifier[], given?: Uint8Array): ProvenEntry {
  const { index, hashes, checkpoint: note, extra } = parseTlogProof(text);
  const checkpoint = checkpointOf(note, keys);
  const bytes = given ?? extra;
  if (bytes === undefined) throw new NoteError('the proof does not hold its entry');
  const root = rootFromInclusion(leafHash(bytes), index, checkpoint.size, hashes);
  if (root === null || Buffer.compare(root, checkpoint.root) !== 0)
    throw new NoteError(`the entry is not leaf ${index} of the signed tree`);
  const entry = decodeCbor(bytes);
  if (typeof entry !== 'object' || entry === null || Reflect.get(entry, 'sequence') !== index + 1)
    throw new NoteError(`leaf ${index} is not the entry of event ${index + 1}`);
  return { sequence: index + 1, entry, checkpoint };
}

/** Checks that a consistency proof leads from an older checkpoint to the one it carries, both signed by one of these keys. Throws NoteError if not. */
export function checkContinuation(
  older: string,
  proof: string,
  keys: readonly NoteVerifier[],
): { readonly older: Checkpoint; readonly newer: Checkpoint } {
  const { older: size, hashes, checkpoint } = parseConsistencyProof(proof);
  const [from, to] = [checkpointOf(older, keys), checkpointOf(checkpoint, keys)];
  if (from.origin !== to.origin) throw new NoteError(`${to.origin} is another log than ${from.origin}`);
  if (size !== from.size || !isConsistent(from, to, hashes))
    throw new NoteError(`the log of ${to.size} entries does not continue the one of ${from.size} entries`);
  return { older: from, newer: to };
}

/** The checkpoint of a note that one of these keys signed in its own name. */
function checkpointOf(note: string, keys: readonly NoteVerifier[]): Checkpoint {
  const { text, signedBy } = openNote(note, keys);
  const checkpoint = parseCheckpoint(text);
  if (!signedBy.includes(checkpoint.origin)) throw new NoteError(`${checkpoint.origin} did not sign its checkpoint`);
  return checkpoint;
}
