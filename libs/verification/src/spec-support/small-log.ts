import { createHash, type KeyObject } from 'node:crypto';
import { checkpointText, ed25519Signer, signNote, writeConsistencyProof, writeTlogProof } from '@muniment/formats';

const sha = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const leaf = (entry: Uint8Array): Buffer => sha(Uint8Array.of(0), entry);
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha(Uint8Array.of(1), left, right);
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** A log written from RFC 6962 alone, without the code under test. */
export class SmallLog {
  constructor(
    readonly origin: string,
    private readonly key: KeyObject,
    readonly entries: readonly Uint8Array[],
  ) {}

  root(size = this.entries.length): Buffer {
    return this.hash(0, size);
  }

  checkpoint(size = this.entries.length, root: Uint8Array = this.root(size)): Promise<string> {
    return signNote(checkpointText({ origin: this.origin, size, root }), [ed25519Signer(this.origin, this.key)]);
  }

  async proof(index: number, size = this.entries.length): Promise<string> {
    const extra = this.entries[index] ?? new Uint8Array();
    return writeTlogProof({ index, hashes: this.path(index, 0, size), checkpoint: await this.checkpoint(size), extra });
  }

  async consistency(older: number, size = this.entries.length): Promise<string> {
    return writeConsistencyProof({ older, hashes: this.subproof(older, 0, size, true), checkpoint: await this.checkpoint(size) });
  }

  private hash(from: number, to: number): Buffer {
    if (to - from === 1) return leaf(this.entries[from] ?? new Uint8Array());
    const middle = from + split(to - from);
    return node(this.hash(from, middle), this.hash(middle, to));
  }

  private path(index: number, from: number, to: number): readonly Buffer[] {
    if (to - from === 1) return [];
    const middle = from + split(to - from);
    return index < middle
      ? [...this.path(index, from, middle), this.hash(middle, to)]
      : [...this.path(index, middle, to), this.hash(from, middle)];
  }

  private subproof(older: number, from: number, to: number, whole: boolean): readonly Buffer[] {
    if (older === to - from) return whole ? [] : [this.hash(from, to)];
    const middle = from + split(to - from);
    return older <= middle - from
      ? [...this.subproof(older, from, middle, whole), this.hash(middle, to)]
      : [...this.subproof(older - (middle - from), middle, to, false), this.hash(from, middle)];
  }
}
