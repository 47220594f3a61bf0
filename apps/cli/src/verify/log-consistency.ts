import { ApiError, type MunimentClient } from '@muniment/client';
import { NoteError, parseCheckpoint, parseConsistencyProof, parseTlogProof } from '@muniment/formats';
import type { KeptCheckpoint } from '@muniment/verification';
import type { GatheredEvidence } from './gather-evidence.js';

/** The log grows while it is asked: both answers must be of one checkpoint. */
const attempts = 8;

/** Evidence whose log proof is of the same checkpoint as the proof that this checkpoint continues the kept one; that proof is null where none is needed or there is none. */
export async function provenConsistently(
  client: MunimentClient,
  gather: () => Promise<GatheredEvidence>,
  kept: KeptCheckpoint | null,
): Promise<{ readonly evidence: GatheredEvidence; readonly consistency: string | null }> {
  const evidence = await gather();
  const from = kept === null ? null : sizeOf(kept.note);
  let logProof = evidence.logProof;
  let consistency: string | null = null;
  for (let attempt = 1; from !== null && logProof !== null && attempt <= attempts; attempt++) {
    const size = sizeOf(noteOfProof(logProof));
    if (size === null || size <= from) return { evidence: { ...evidence, logProof }, consistency: null };
    consistency = await consistencyFrom(client, from);
    if (consistency === null || sizeOf(checkpointOf(consistency)) === size) break;
    consistency = null;
    logProof = await client.log.packageProof(evidence.packageId);
  }
  return { evidence: { ...evidence, logProof }, consistency };
}

/** The signed note inside a `.tlog-proof`; empty for a text that is none. */
export function noteOfProof(proof: string): string {
  return readable(() => parseTlogProof(proof).checkpoint) ?? '';
}

function checkpointOf(consistency: string): string {
  return readable(() => parseConsistencyProof(consistency).checkpoint) ?? '';
}

/** Of a note, unchecked: only to choose what to ask for. */
function sizeOf(note: string): number | null {
  return readable(() => parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)).size);
}

async function consistencyFrom(client: MunimentClient, size: number): Promise<string | null> {
  try {
    return await client.log.consistency(size);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
    throw error;
  }
}

function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoteError) return null;
    throw error;
  }
}
