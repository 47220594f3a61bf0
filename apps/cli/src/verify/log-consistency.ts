import type { MunimentClient, WantedCosigners } from '@muniment/client';
import { NoteError, parseCheckpoint, parseConsistencyProof, parseTlogProof } from '@muniment/formats';
import type { KeptCheckpoint, SharedHistory } from '@muniment/verification';
import { unlessAbsent, type GatheredEvidence } from './gather-evidence.js';

/** The log grows while it is asked: answers that belong together must be of one checkpoint. */
const attempts = 8;

/** Evidence, and how its log proof and a kept checkpoint belong to one log. Both proofs are null where none is needed or there is none. */
export interface ProvenEvidence {
  readonly evidence: GatheredEvidence;
  /** From the kept checkpoint to that of the log proof. */
  readonly consistency: string | null;
  /** For a kept checkpoint that is later than the log proof's, which is as old as its cosignatures. */
  readonly shared: SharedHistory | null;
}

/** Evidence whose log proof is of the same checkpoint as the proof that this checkpoint continues the kept one. @param wanted What the checkpoint bears. */
export async function provenConsistently(
  client: MunimentClient,
  gather: () => Promise<GatheredEvidence>,
  kept: KeptCheckpoint | null,
  wanted: WantedCosigners | null,
): Promise<ProvenEvidence> {
  const evidence = await gather();
  const from = kept === null ? null : sizeOf(kept.note);
  let logProof = evidence.logProof;
  let consistency: string | null = null;
  for (let attempt = 1; from !== null && logProof !== null && attempt <= attempts; attempt++) {
    const size = sizeOf(noteOfProof(logProof));
    if (size === null || size === from) break;
    if (size < from) {
      const shared = wanted === null ? null : await sharedHistory(client, from, size);
      return { evidence: { ...evidence, logProof }, consistency: null, shared };
    }
    consistency = await unlessAbsent(client.log.consistency(from, wanted));
    if (consistency === null || sizeOf(checkpointOf(consistency)) === size) break;
    consistency = null;
    logProof = await client.log.packageProof(evidence.packageId, wanted);
  }
  return { evidence: { ...evidence, logProof }, consistency, shared: null };
}

/** Null when the archive cannot prove it, as one whose log was rolled back cannot. */
async function sharedHistory(client: MunimentClient, kept: number, proven: number): Promise<SharedHistory | null> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const fromKept = await unlessAbsent(client.log.consistency(kept));
    const fromProven = await unlessAbsent(client.log.consistency(proven));
    if (fromKept === null || fromProven === null) return null;
    if (sizeOf(checkpointOf(fromKept)) === sizeOf(checkpointOf(fromProven))) return { fromKept, fromProven };
  }
  return null;
}

/** The signed note inside a `.tlog-proof`; empty for a text that is none. */
export function noteOfProof(proof: string): string {
  return readable(() => parseTlogProof(proof).checkpoint) ?? '';
}

/** Of a note, unchecked: only to choose what to ask for. Null for what is none. */
export function sizeOf(note: string): number | null {
  return readable(() => parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)).size);
}

function checkpointOf(consistency: string): string {
  return readable(() => parseConsistencyProof(consistency).checkpoint) ?? '';
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}
