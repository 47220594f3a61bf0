import { checkpointText, isConsistent, openNote, parseCheckpoint, signNote, type Checkpoint, type NoteSigner } from '@muniment/formats';
import type { Clock } from '../ports/clock.js';
import type { CheckpointMemory, LogTree, SignedCheckpoints } from '../ports/log-tree.js';
import { proveConsistency } from './tree-reading.js';

/** The stored tree does not continue what was signed before: the database was rolled back, restored or edited. Nothing is signed until it does. */
export class HistoryRewritten extends Error {
  override readonly name = 'HistoryRewritten';
}

export interface CheckpointSigning {
  readonly tree: LogTree;
  readonly checkpoints: SignedCheckpoints;
  readonly memory: CheckpointMemory;
  /** Who signs now, newest key first: its name is the origin, the name of the log. Asked each time, because keys begin and end to be valid. */
  readonly signers: () => readonly NoteSigner[];
  readonly clock: Clock;
}

/**
 * Puts the log's name to the tree as it is stored now, if that continues every checkpoint this signer knows of: the last one in the database and the
 * last one in its own memory. May run in several processes at once; each signs only what continues what it knows.
 */
export class SignCheckpoint {
  constructor(private readonly parts: CheckpointSigning) {}

  /** Size of the newest signed tree, and whether this call signed it. Throws {@link HistoryRewritten} when the tree does not continue what was signed. */
  async execute(): Promise<{ readonly size: number; readonly signed: boolean }> {
    const { tree, checkpoints, memory, clock } = this.parts;
    const origin = this.parts.signers()[0]?.name;
    if (origin === undefined) throw new Error('no key for the log is valid now');
    const signers = this.parts.signers().filter(({ name }) => name === origin);
    // Before the size of the tree: a checkpoint that another signer adds meanwhile must not look like one the tree has lost.
    const latest = await checkpoints.latest();
    const own = await memory.read();
    const size = await tree.size();
    const before = [latest?.note, own].flatMap((note) => known(note, origin));
    const root = await continued(tree, size, before);
    const isSigned = latest !== null && latest.size === size && ofOrigin(latest.note, origin) && bearsAll(latest.note, signers);
    if (size === 0 || isSigned) return { size, signed: false };
    const note = await signNote(checkpointText({ origin, size, root }), signers);
    // First our own memory, then the world: what became known must never be more than what we remember.
    await memory.write(note);
    await checkpoints.add({ size, root, note, signedAt: clock.now() });
    return { size, signed: true };
  }
}

/** The root of the tree of this size. Throws unless it continues all that was signed before. */
async function continued(tree: LogTree, size: number, before: readonly Checkpoint[]): Promise<Uint8Array> {
  for (const older of before) {
    if (older.size > size) throw new HistoryRewritten(`a tree of ${older.size} entries was signed, and the stored one has only ${size}`);
  }
  const { root, proofs } = await proveConsistency(
    tree,
    size,
    before.map((older) => older.size),
  );
  for (const [index, older] of before.entries()) {
    if (!isConsistent(older, { size, root }, proofs[index] ?? []))
      throw new HistoryRewritten(`the stored tree does not continue the signed one of ${older.size} entries`);
  }
  return root;
}

/** A log that was given a new name begins anew: what was signed under the old one no longer binds it. */
function known(note: string | null | undefined, origin: string): readonly Checkpoint[] {
  return note === null || note === undefined || !ofOrigin(note, origin) ? [] : [parseCheckpoint(note)];
}

function ofOrigin(note: string, origin: string): boolean {
  return note.startsWith(`${origin}\n`);
}

function bearsAll(note: string, signers: readonly NoteSigner[]): boolean {
  return signers.every((signer) => {
    try {
      return openNote(note, [signer]).signedBy.length === 1;
    } catch {
      // Signed by a key that was retired since: sign anew with ours.
      return false;
    }
  });
}
