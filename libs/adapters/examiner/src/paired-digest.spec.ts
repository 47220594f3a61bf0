import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { identify } from '@muniment/formats';
import { PairedDigest } from './paired-digest.js';

const pair = new PairedDigest(new URL('../dist/sha256-thread.js', import.meta.url));
const large = 16 * 1024 * 1024;

/** Gives `length` pattern bytes in reads of at most `step`, then fails or ends. */
function reader(length: number, step: number, fault?: Error) {
  const bytes = Buffer.alloc(length, 'pattern');
  let at = 0;
  const read = (into: Buffer): number => {
    if (at >= length && fault) throw fault;
    const copied = bytes.copy(into, 0, at, Math.min(at + step, length));
    at += copied;
    return copied;
  };
  return { bytes, read };
}

beforeAll(async () => {
  if (availableParallelism() < 2) return;
  while (!pair.takes(large)) await new Promise((resolve) => setTimeout(resolve, 5));
});
afterAll(() => pair.close());

// One core has nothing to pair; the examiner's own specs cover that path.
(availableParallelism() < 2 ? describe.skip : describe)('PairedDigest', () => {
  it.each([
    [0, 100],
    [1, 100],
    [256 * 1024, 1_000_000],
    [5_000_000, 1_000_000],
    [100_000, 7],
  ])('agrees with the plain digest on %i bytes in reads of up to %i', (length, step) => {
    const { bytes, read } = reader(length, step);
    expect(pair.identify(read)).toEqual(identify(bytes));
  });

  it('throws the error of a read, and the next file is not confused by it', () => {
    const fault = new Error('EIO');
    for (const before of [0, 1, 3_000_000]) {
      expect(() => pair.identify(reader(before, 1_000_000, fault).read)).toThrow(fault);
      const { bytes, read } = reader(4_000_000, 1_000_000);
      expect(pair.identify(read)).toEqual(identify(bytes));
    }
  });

  it('is for large files, and only while it has its partner', async () => {
    expect(pair.takes(large)).toBe(true);
    expect(pair.takes(large - 1)).toBe(false);
    await pair.close();
    expect(pair.takes(large)).toBe(false);
  });
});
