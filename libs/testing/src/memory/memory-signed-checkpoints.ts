import type { CheckpointMemory, NewCheckpoint, SignedCheckpoint, SignedCheckpoints, WantedCosignatures } from '@muniment/application';

/** Signed checkpoints in one process's memory. */
export class MemorySignedCheckpoints implements SignedCheckpoints {
  readonly all: (NewCheckpoint & { readonly lines: Map<string, string> })[] = [];

  constructor(private readonly tree: { size(): Promise<number> }) {}

  async latest({ least, by }: WantedCosignatures = { least: 0, by: [] }): Promise<SignedCheckpoint | null> {
    await Promise.resolve();
    const counting = (lines: ReadonlyMap<string, string>): readonly string[] =>
      [...lines.keys()].filter((witness) => by.length === 0 || by.includes(witness));
    const found = this.all.filter(({ lines }) => counting(lines).length >= least).reduce<(typeof this.all)[number] | null>(larger, null);
    return found && { size: found.size, note: found.note, cosignatures: [...found.lines].sort().map(([, line]) => line) };
  }

  async add(checkpoint: NewCheckpoint): Promise<void> {
    if ((await this.tree.size()) < checkpoint.size) throw new Error(`the stored tree has fewer than ${checkpoint.size} entries`);
    this.all.push({ ...checkpoint, lines: new Map() });
  }

  async addCosignature(note: string, witness: string, line: string): Promise<void> {
    await Promise.resolve();
    const lines = this.all.findLast((checkpoint) => checkpoint.note === note)?.lines;
    if (lines?.has(witness) === false) lines.set(witness, line);
  }
}

function larger<Found extends { readonly size: number }>(best: Found | null, next: Found): Found {
  return best !== null && best.size > next.size ? best : next;
}

/** A signer's memory that lasts as long as the process. */
export class RememberedCheckpoint implements CheckpointMemory {
  note: string | null = null;

  async read(): Promise<string | null> {
    await Promise.resolve();
    return this.note;
  }

  async write(note: string): Promise<void> {
    await Promise.resolve();
    this.note = note;
  }
}
