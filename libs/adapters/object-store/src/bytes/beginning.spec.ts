import { describe, expect, it } from '@jest/globals';
import { beginningOf } from './beginning.js';

/** Gives its chunks in one buffer that it uses again and again, as sources may; counts how often it was asked, and whether it was told to stop. */
function source(...chunks: readonly string[]) {
  const buffer = Buffer.alloc(16);
  const seen = { asked: 0, stopped: false };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        seen.asked++;
        yield await Promise.resolve(buffer.subarray(0, buffer.write(chunk)));
      }
    } finally {
      seen.stopped = true;
    }
  }
  return { seen, bytes: bytes() };
}

describe('the beginning of a source', () => {
  it.each([[[]], [['abc']], [['ab', 'cd']], [['ab', '', 'cdefgh']]])('is the whole when %j fits', async (chunks) => {
    expect(await beginningOf(source(...chunks).bytes, 8)).toEqual({ whole: Buffer.from(chunks.join('')) });
  });

  it('gives everything again when it does not fit, and reads on only as it is asked', async () => {
    const { seen, bytes } = source('abcd', 'efgh', 'i', 'jk', 'l');
    const beginning = await beginningOf(bytes, 8);
    expect(seen.asked).toBe(3);
    let text = '';
    if ('all' in beginning) for await (const chunk of beginning.all) text += Buffer.from(chunk).toString();
    expect(text).toBe('abcdefghijkl');
  });

  it('stops the source when the reader stops', async () => {
    const { seen, bytes } = source('abcd', 'efgh', 'i', 'jk');
    const beginning = await beginningOf(bytes, 8);
    if ('all' in beginning) for await (const chunk of beginning.all) if (chunk.length === 4) break;
    expect([seen.asked, seen.stopped]).toEqual([3, true]);
  });

  it('rejects with what the source fails with', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw new Error('connection reset');
    }
    await expect(beginningOf(failing(), 8)).rejects.toThrow('connection reset');
  });
});
