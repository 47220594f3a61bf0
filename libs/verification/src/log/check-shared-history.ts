import { parseConsistencyProof } from '@muniment/formats';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import { checkConsistency, type KeptCheckpoint } from './check-consistency.js';
import { checkCheckpoint, type BelievedCheckpoint } from './check-inclusion.js';
import { readNote } from './read-note.js';

/** Consistency proofs from two checkpoints to one and the same later checkpoint. */
export interface SharedHistory {
  readonly fromKept: string;
  readonly fromProven: string;
}

/** A believed checkpoint with the note it was read from. */
export interface NotedCheckpoint {
  readonly note: string;
  readonly believed: BelievedCheckpoint;
}

/**
 * For a kept checkpoint that is later than the proven one, as the newest often is for a moment before its witnesses have cosigned it: whether both are the
 * beginning of one log. Records `log.consistency` for each; answers the later checkpoint that holds both, or null.
 */
export function checkSharedHistory(
  subject: string,
  kept: KeptCheckpoint,
  provenNote: string,
  { fromKept, fromProven }: SharedHistory,
  trust: Trust,
  list: CheckList,
): NotedCheckpoint | null {
  const proof = readNote(() => parseConsistencyProof(fromKept));
  if (typeof proof === 'string') {
    list.holds('log.consistency', subject, false, proof, kept.keptBy);
    return null;
  }
  const latest = checkCheckpoint(`${subject} (latest)`, proof.checkpoint, trust, list);
  if (latest === null) return null;
  const proven = { note: provenNote, keptBy: 'the cosigned checkpoint of the proof' };
  const both = [
    checkConsistency(subject, kept, latest, fromKept, trust, list),
    checkConsistency(subject, proven, latest, fromProven, trust, list),
  ];
  return both.every(Boolean) ? { note: proof.checkpoint, believed: latest } : null;
}
