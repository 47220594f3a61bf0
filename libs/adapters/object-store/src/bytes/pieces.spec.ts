import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pieces } from './pieces.js';

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

describe('pieces', () => {
  it('gives the bytes of the source, each piece of the size asked for but the last', async () => {
    const chunkLists = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunkLists, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), async (chunks, sizes) => {
        const sizeOf = (index: number): number => sizes[index % sizes.length] ?? 1;
        const cut: Buffer[] = [];
        for await (const piece of pieces(from(chunks), sizeOf)) cut.push(Buffer.from(piece));
        expect(Buffer.concat(cut).equals(Buffer.concat(chunks))).toBe(true);
        cut.forEach((piece, index) => {
          if (index < cut.length - 1) expect(piece).toHaveLength(sizeOf(index));
          else expect(piece.length).toBeGreaterThan(0);
        });
      }),
    );
  });

  it('leaves a piece intact while the next one is gathered', async () => {
    const source = from(Array.from({ length: 6 }, (_, index) => Buffer.alloc(10, index)));
    const cut = pieces(source, () => 10);
    const first = (await cut.next()).value as Buffer;
    await cut.next();
    expect(first.every((byte) => byte === 0)).toBe(true);
  });

  it('passes on the failure of the source and stops it when the reader stops', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.alloc(3));
      throw new Error('source broke');
    }
    await expect(pieces(broken(), () => 10).next()).rejects.toThrow('source broke');
    let stopped = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(8));
      } finally {
        stopped = true;
      }
    }
    for await (const piece of pieces(endless(), () => 10)) {
      expect(piece).toHaveLength(10);
      break;
    }
    expect(stopped).toBe(true);
  });
});
