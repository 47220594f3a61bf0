import { Batch } from './batch.js';

/**
 * Cuts `source` into buffers of exactly `sizeOf(index)` bytes; only the last may be shorter, and an empty source gives none.
 * Two batches take turns: a yielded buffer stays valid while the next one is gathered, and no longer. So one piece may be on its way to the
 * store while the next fills, and memory stays at two pieces whatever the length of the source.
 */
export async function* pieces(source: AsyncIterable<Uint8Array>, sizeOf: (index: number) => number): AsyncGenerator<Buffer> {
  let index = 0;
  let current = new Batch(sizeOf(0));
  let spare: Batch | null = null;
  for await (const chunk of source) {
    let from = 0;
    while (from < chunk.length) {
      from += current.add(chunk, from);
      if (!current.full) continue;
      yield current.bytes;
      index += 1;
      const next: Batch = spare?.capacity === sizeOf(index) ? spare : new Batch(sizeOf(index));
      next.clear();
      spare = current;
      current = next;
    }
  }
  if (current.length > 0) yield current.bytes;
}
