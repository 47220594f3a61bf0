import { parseCheckpoint, writeConsistencyProof } from '@muniment/formats';
import type { LogTree, LogWitness, SignedCheckpoints } from '../ports/log-tree.js';
import { proveConsistency } from './tree-reading.js';

/** Two corrections are enough: the witness says what it knows, and somebody else may have told it more meanwhile. */
const attempts = 3;

/** Has one log witness sign the latest checkpoint, and keeps its line beside it. */
export class AskWitness {
  /** Size that the witness signed last, as far as we know; it tells when we are wrong. */
  private knows = 0;

  constructor(
    private readonly tree: LogTree,
    private readonly checkpoints: SignedCheckpoints,
    private readonly witness: LogWitness,
  ) {}

  get name(): string {
    return this.witness.name;
  }

  /** True when the latest checkpoint bears the witness's signature afterwards; false when there is none yet. Throws when the witness is away or refuses. */
  async execute(signal: AbortSignal): Promise<boolean> {
    const latest = await this.checkpoints.latest();
    if (latest === null) return false;
    const text = latest.note.slice(0, latest.note.lastIndexOf('\n\n') + 1);
    if (this.witness.cosignatureIn(text, latest.cosignatures.join('')) !== null) return true;
    const { size } = parseCheckpoint(latest.note);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const older = Math.min(this.knows, size);
      const { proofs } = await proveConsistency(this.tree, size, [older]);
      const request = writeConsistencyProof({ older, hashes: proofs[0] ?? [], checkpoint: latest.note });
      const answer = await this.witness.addCheckpoint(request, signal);
      if ('lines' in answer) {
        const line = this.witness.cosignatureIn(text, answer.lines);
        if (line === null) throw new Error(`log witness ${this.witness.name} answered without its signature`);
        await this.checkpoints.addCosignature(latest.note, this.witness.name, line);
        this.knows = size;
        return true;
      }
      if (answer.knows > size)
        throw new Error(`log witness ${this.witness.name} has seen a tree of ${answer.knows} entries, and ours has ${size}`);
      this.knows = answer.knows;
    }
    throw new Error(`log witness ${this.witness.name} keeps naming another size`);
  }
}
