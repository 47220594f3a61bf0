import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Sha256 } from '@muniment/domain';
import { attempt, chunks } from './bytes.js';
import { freshKey, digest, type StoreSubject } from './subject.js';

/** Keys and digests that lead nowhere else. */
export function describeKeys(subject: StoreSubject): void {
  describe('keys', () => {
    const bad = [
      '',
      'x',
      'staging',
      'staging/',
      'staging/../x',
      'staging/a/b',
      '../staging/x',
      '/staging/x',
      'staging/.',
      'staging/a.part',
      'staging/a\0',
      'blobs/x',
    ];

    it.each(bad)('refuses the staging key %j everywhere', async (key) => {
      await expect(subject.store.stage(key, chunks(Buffer.from('x')))).rejects.toThrow();
      await expect(attempt(() => subject.store.openStaged(key))).rejects.toThrow();
      await expect(attempt(() => subject.store.localStaged(key))).rejects.toThrow();
      await expect(attempt(() => subject.store.discard(key))).rejects.toThrow();
      await expect(attempt(() => subject.store.begin(key))).rejects.toThrow();
      await expect(attempt(() => subject.store.position(key, null))).rejects.toThrow();
      await expect(attempt(() => subject.store.promote(key, digest(Buffer.from('x')), 1))).rejects.toThrow();
    });

    it.each(['', 'abc', '../../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(63)}/`])('refuses the digest %j everywhere', async (text) => {
      const forged = text as Sha256;
      await expect(attempt(() => subject.store.openBlob(forged))).rejects.toThrow();
      await expect(attempt(() => subject.store.localBlob(forged))).rejects.toThrow();
      await expect(attempt(() => subject.store.removeBlobs([forged]))).rejects.toThrow();
    });

    it('answers null for what is not there', async () => {
      expect(await subject.store.openStaged(freshKey())).toBeNull();
      expect(await subject.store.localStaged(freshKey())).toBeNull();
      expect(await subject.store.openBlob(digest(randomBytes(5)))).toBeNull();
      expect(await subject.store.localBlob(digest(randomBytes(5)))).toBeNull();
      await expect(subject.store.position(freshKey(), null)).rejects.toMatchObject({ name: 'BytesMissing' });
    });
  });
}
