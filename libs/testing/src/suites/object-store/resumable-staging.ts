import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { chunks, collect, failing, read, sameBytes, sizeOf } from './bytes.js';
import { mebi, distantFuture, freshKey, digest, type StoreSubject } from './subject.js';

/** Bytes that arrive over many calls and processes. */
export function describeResumableStaging(subject: StoreSubject): void {
  describe('resumable staging', () => {
    const begun = async (): Promise<{ key: string; handle: string | null }> => {
      const key = freshKey();
      return { key, ...(await subject.store.begin(key)) };
    };

    it('gathers bytes over many calls and two processes, readable only when complete', async () => {
      const { key, handle } = await begun();
      const bytes = randomBytes(26 * mebi + 99);
      let offset = 0;
      for (const [index, step] of [1, 100_000, 6 * mebi, 0, 9 * mebi, 3, 4 * mebi, bytes.length].entries()) {
        const writer = index % 2 === 0 ? subject.store : subject.other;
        const end = Math.min(bytes.length, offset + step);
        expect(await writer.appendStaged(key, handle, offset, chunks(bytes.subarray(offset, end)))).toEqual({ offset: end });
        offset = end;
        expect(await subject.store.position(key, handle)).toBe(offset);
      }
      expect(await subject.store.openStaged(key)).toBeNull();
      expect(await subject.other.complete(key, handle)).toEqual({ size: bytes.length });
      expect(await subject.store.complete(key, handle)).toEqual({ size: bytes.length });
      expect(await subject.store.position(key, handle)).toBe(bytes.length);
      expect(sameBytes(await read(await subject.store.openStaged(key)), bytes)).toBe(true);
      await subject.store.promote(key, digest(bytes), bytes.length);
      expect(await sizeOf(subject.store.openBlob(digest(bytes)))).toBe(bytes.length);
    });

    it('completes an upload of nothing', async () => {
      const { key, handle } = await begun();
      expect(await subject.store.position(key, handle)).toBe(0);
      expect(await subject.store.complete(key, handle)).toEqual({ size: 0 });
      expect(await subject.store.complete(key, handle)).toEqual({ size: 0 });
      expect(await sizeOf(subject.store.openStaged(key))).toBe(0);
    });

    it('may be begun again, by whoever does not know that it was: what it holds stays', async () => {
      const { key, handle } = await begun();
      expect(await subject.other.begin(key)).toEqual({ handle });
      await subject.store.appendStaged(key, handle, 0, chunks(Buffer.from('abc')));
      expect(await subject.other.begin(key)).toEqual({ handle });
      expect(await subject.other.position(key, handle)).toBe(3);
      await subject.store.complete(key, handle);
      expect((await read(await subject.store.openStaged(key))).toString()).toBe('abc');
    });

    it('refuses an append at another offset and keeps what it has', async () => {
      const { key, handle } = await begun();
      await subject.store.appendStaged(key, handle, 0, chunks(Buffer.from('abc')));
      for (const wrong of [0, 2, 4]) {
        await expect(subject.store.appendStaged(key, handle, wrong, chunks(Buffer.from('x')))).rejects.toMatchObject({
          code: 'upload_offset_mismatch',
        });
      }
      await subject.other.appendStaged(key, handle, 3, chunks(Buffer.from('def')));
      await subject.store.complete(key, handle);
      expect((await read(await subject.store.openStaged(key))).toString()).toBe('abcdef');
    });

    it.each([1000, 3 * mebi, 14 * mebi])(
      'keeps a prefix when the source breaks after %i bytes, and goes on from there',
      async (reached) => {
        const { key, handle } = await begun();
        const bytes = randomBytes(reached + 2 * mebi);
        await expect(subject.store.appendStaged(key, handle, 0, failing(bytes.subarray(0, reached)))).rejects.toThrow('source broke');
        const offset = await subject.other.position(key, handle);
        expect(offset).toBe(reached);
        await subject.other.appendStaged(key, handle, offset, chunks(bytes.subarray(offset)));
        await subject.other.complete(key, handle);
        expect(sameBytes(await read(await subject.store.openStaged(key)), bytes)).toBe(true);
      },
    );

    it.each([
      ['within the last bytes', 9 * mebi, 9 * mebi - 10],
      ['within a part', 21 * mebi, 10 * mebi + 5],
      ['at a part boundary', 17 * mebi, 8 * mebi],
      ['to nothing', 17 * mebi, 0],
      ['by nothing', 100, 100],
    ])('truncates %s and goes on', async (_where, size, offset) => {
      const { key, handle } = await begun();
      const bytes = randomBytes(size + 3 * mebi);
      await subject.store.appendStaged(key, handle, 0, chunks(bytes.subarray(0, size)));
      await subject.store.truncate(key, handle, offset);
      expect(await subject.other.position(key, handle)).toBe(offset);
      expect(await subject.store.openStaged(key)).toBeNull();
      await subject.other.appendStaged(key, handle, offset, chunks(bytes.subarray(offset)));
      expect(await subject.other.complete(key, handle)).toEqual({ size: bytes.length });
      expect(sameBytes(await read(await subject.store.openStaged(key)), bytes)).toBe(true);
    });

    it('cannot be truncated to more than it has', async () => {
      const { key, handle } = await begun();
      await subject.store.appendStaged(key, handle, 0, chunks(Buffer.from('abc')));
      await expect(subject.store.truncate(key, handle, 4)).rejects.toThrow();
      await expect(subject.store.truncate(key, handle, -1)).rejects.toThrow();
      expect(await subject.store.position(key, handle)).toBe(3);
    });

    it('is gone after discard', async () => {
      const { key, handle } = await begun();
      await subject.store.appendStaged(key, handle, 0, chunks(randomBytes(12 * mebi)));
      await subject.other.discard(key);
      await expect(subject.store.position(key, handle)).rejects.toMatchObject({ name: 'BytesMissing' });
      await expect(subject.store.appendStaged(key, handle, 0, chunks(Buffer.from('x')))).rejects.toMatchObject({ name: 'BytesMissing' });
      await expect(subject.store.complete(key, handle)).rejects.toMatchObject({ name: 'BytesMissing' });
      await expect(collect(subject.store.listStaged(distantFuture))).resolves.not.toContain(key);
    });
  });
}
